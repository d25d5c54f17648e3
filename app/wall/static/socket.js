// The one socket of the wall: opens it with the newest ticket, opens it again for ever, and tells the server
// which batch was painted, so that a slow viewer gets fewer pictures instead of older ones.

import { decodeBatch } from "./batch.js";

const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 5000;
const TICKET_REFUSED = 4401;

export class WallSocket {
  #ticket;
  #onBatch;
  #onTicketWanted;
  #socket = null;
  #timer = null;
  #pauseMs = FIRST_PAUSE_MS;
  #isClosed = false;

  constructor({ ticket, onBatch, onTicketWanted }) {
    this.#ticket = ticket;
    this.#onBatch = onBatch;
    this.#onTicketWanted = onTicketWanted;
    this.#open();
  }

  renewTicket(ticket) {
    this.#ticket = ticket;
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  close() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #open() {
    const address = new URL("/ws/wall", window.location.href);
    address.protocol = address.protocol.replace("http", "ws");
    address.search = new URLSearchParams({ ticket: this.#ticket });
    const socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event) => this.#receive(socket, event.data);
    socket.onclose = (event) => this.#openLater(event.code);
    this.#socket = socket;
  }

  async #receive(socket, buffer) {
    const batch = decodeBatch(buffer);
    this.#pauseMs = FIRST_PAUSE_MS;
    if (batch.ticket) this.#ticket = batch.ticket;
    try {
      await this.#onBatch(batch);
    } finally {
      if (socket.readyState === WebSocket.OPEN) socket.send(String(batch.number));
    }
  }

  #openLater(code) {
    if (this.#isClosed) return;
    if (code === TICKET_REFUSED) this.#onTicketWanted();
    const jitter = 0.75 + Math.random() / 2;
    this.#timer = setTimeout(() => this.#open(), this.#pauseMs * jitter);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
