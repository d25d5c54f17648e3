// The one socket of the wall: opens it with the newest ticket, opens it again for ever, and tells the server
// which batch was painted, so that a slow viewer gets fewer pictures instead of older ones.

import { decodeBatch } from "./batch.js";

const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 5000;
const LONGEST_SILENCE_MS = 6000; // The server sends at least every second.
const TICKET_REFUSED = 4401;

export class WallSocket {
  #ticket;
  #onBatch;
  #onTicketWanted;
  #socket = null;
  #timer = null;
  #silence = null;
  #pauseMs = FIRST_PAUSE_MS;

  constructor({ ticket, onBatch, onTicketWanted }) {
    this.#ticket = ticket;
    this.#onBatch = onBatch;
    this.#onTicketWanted = onTicketWanted;
    this.#open();
  }

  /** Take a fresh ticket; who waits to try again need not wait any longer. */
  renewTicket(ticket) {
    this.#ticket = ticket;
    if (this.#socket) return;
    clearTimeout(this.#timer);
    this.#open();
  }

  close() {
    clearTimeout(this.#timer);
    this.#leave();
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
    this.#expectWord();
  }

  // A half-open connection never closes by itself: silence ends it.
  #expectWord() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#openLater(0), LONGEST_SILENCE_MS);
  }

  #leave() {
    clearTimeout(this.#silence);
    if (!this.#socket) return;
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = null;
  }

  async #receive(socket, buffer) {
    this.#expectWord();
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
    this.#leave();
    if (code === TICKET_REFUSED) this.#onTicketWanted();
    const jitter = 0.75 + Math.random() / 2;
    this.#timer = setTimeout(() => this.#open(), this.#pauseMs * jitter);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
