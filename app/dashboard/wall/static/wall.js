// The live wall: one socket, a tile a source, as many columns as let every tile be seen at once.

import { ServerClock } from "./clock.js";
import { WallSocket } from "./socket.js";
import { Tile, localTime } from "./tile.js";

const REPAINT_MS = 250;
const SILENCE_SECONDS = 2.5;
const ASPECT = 16 / 9;
const GAP_PX = 12;
const NARROWEST_TILE_PX = 280;

const walls = new WeakMap();

/** Make the wall in `parentElement`, or give the wall that is there its new ticket; returns what ends it. */
export function mount({ data, parentElement, setTriggerValue }) {
  const known = walls.get(parentElement);
  if (known) known.renewTicket(data.ticket);
  else walls.set(parentElement, new Wall(parentElement, data.ticket, () => setTriggerValue("ticket_wanted", Date.now())));
  return () => {
    walls.get(parentElement)?.close();
    walls.delete(parentElement);
  };
}

class Wall {
  #grid;
  #notice;
  #tiles = new Map();
  #clock = new ServerClock();
  #heardAt = null;
  #staleSince = null;
  #socket;
  #timer;
  #observer;

  constructor(root, ticket, onTicketWanted) {
    this.#grid = root.querySelector(".wall-tiles");
    this.#notice = root.querySelector(".wall-notice");
    this.#socket = new WallSocket({ ticket, onBatch: (batch) => this.#take(batch), onTicketWanted });
    this.#timer = setInterval(() => this.#paint(), REPAINT_MS);
    this.#observer = new ResizeObserver(() => this.#arrange());
    this.#observer.observe(this.#grid);
  }

  renewTicket(ticket) {
    this.#socket.renewTicket(ticket);
  }

  close() {
    clearInterval(this.#timer);
    this.#observer.disconnect();
    this.#socket.close();
    for (const tile of this.#tiles.values()) tile.close();
  }

  async #take(batch) {
    this.#clock.learn(batch.server_at);
    this.#heardAt = performance.now();
    this.#staleSince = batch.stale_since;
    this.#keepTiles(batch.tiles);
    // A hidden page decodes nothing: whoever comes back sees the age rise first, then the next picture.
    if (!document.hidden) await Promise.all(batch.pictures.map((picture) => this.#show(picture)));
  }

  async #show(picture) {
    const tile = this.#tiles.get(picture.source_id);
    await tile?.show(picture);
    tile?.paint(this.#clock.now());
  }

  #keepTiles(sources) {
    const wanted = new Set(sources.map((source) => source.source_id));
    const before = this.#tiles.size;
    let isChanged = false;
    for (const [sourceId, tile] of this.#tiles) {
      if (wanted.has(sourceId)) continue;
      tile.close();
      tile.element.remove();
      this.#tiles.delete(sourceId);
      isChanged = true;
    }
    for (const source of sources) {
      if (!this.#tiles.has(source.source_id)) {
        const tile = new Tile(document, source.source_id);
        this.#tiles.set(source.source_id, tile);
        this.#grid.append(tile.element);
      }
      this.#tiles.get(source.source_id).describe(source);
    }
    if (isChanged || this.#tiles.size !== before) this.#arrange();
    if (this.#tiles.size !== before) this.#paint();
  }

  #paint() {
    const now = this.#clock.now();
    for (const tile of this.#tiles.values()) tile.paint(now);
    this.#tellNotice();
  }

  #tellNotice() {
    const silentSeconds = this.#heardAt === null ? 0 : (performance.now() - this.#heardAt) / 1000;
    let text = "";
    if (silentSeconds > SILENCE_SECONDS) {
      text = `Connection lost since ${localTime(Date.now() / 1000 - silentSeconds)}. Trying again.`;
    } else if (this.#staleSince !== null) {
      text = `Data stale since ${localTime(this.#staleSince)}. The server of the results does not answer.`;
    } else if (this.#heardAt === null) {
      text = "Connecting.";
    } else if (this.#tiles.size === 0) {
      text = "No sources yet. Add one with: vigil sources add";
    }
    if (this.#notice.textContent !== text) this.#notice.textContent = text;
    this.#notice.hidden = text === "";
  }

  #arrange() {
    const top = this.#grid.getBoundingClientRect().top + window.scrollY;
    const columns = columnsFor(this.#tiles.size, this.#grid.clientWidth, window.innerHeight - top - 24);
    this.#grid.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
  }
}

/** The fewest columns (so the largest tiles) with which every tile is in view, no tile being too narrow. */
export function columnsFor(numTiles, width, height) {
  const widest = Math.max(1, Math.floor((width + GAP_PX) / (NARROWEST_TILE_PX + GAP_PX)));
  for (let columns = 1; columns < Math.min(widest, numTiles); columns += 1) {
    const tileWidth = (width - GAP_PX * (columns - 1)) / columns;
    const numRows = Math.ceil(numTiles / columns);
    if (numRows * (tileWidth / ASPECT) + GAP_PX * (numRows - 1) <= height) return columns;
  }
  return Math.max(1, Math.min(widest, numTiles));
}
