// One source on the wall: decides whether its picture may be believed, and says the same to the eye (canvas),
// to assistive technology (aria-label) and to programs (data-*).

import { paintLive, paintNotMonitored } from "./painting.js";

const OLDEST_PICTURE_SECONDS = 3;
const OLDEST_READING_SECONDS = 15;
const LONGEST_DECODE_MS = 2000;

export class Tile {
  #canvas;
  #context;
  #source = null;
  #image = null;
  #capturedAt = null;
  #privacy = "";
  #decoding = false;
  #waiting = null;
  #spokenAt = 0;

  constructor(document, sourceId) {
    this.element = document.createElement("figure");
    this.element.className = "tile";
    this.element.dataset.sourceId = sourceId;
    this.element.setAttribute("role", "img");
    this.#canvas = document.createElement("canvas");
    this.#canvas.setAttribute("aria-hidden", "true");
    this.#context = this.#canvas.getContext("2d", { alpha: false });
    this.element.append(this.#canvas);
  }

  /** What the server says of the source now. */
  describe(source) {
    this.#source = source;
  }

  /** Take a new picture; while one is being decoded only the newest of those that came waits. */
  async show(picture) {
    this.#waiting = picture;
    if (this.#decoding) return;
    this.#decoding = true;
    try {
      while (this.#waiting) await this.#decode(this.#take());
    } finally {
      this.#decoding = false;
    }
  }

  /** Paint the tile as it is at the server's time `now`. */
  paint(now) {
    if (!this.#source) return;
    const view = this.#viewAt(now);
    const { width, height } = this.#fit();
    if (view.isMonitored) paintLive(this.#context, { width, height, image: this.#image, view });
    else paintNotMonitored(this.#context, { width, height, view });
    this.#tell(view, now);
  }

  close() {
    this.#image?.close();
    this.#image = null;
  }

  #take() {
    const picture = this.#waiting;
    this.#waiting = null;
    return picture;
  }

  async #decode(picture) {
    try {
      const image = await inTime(createImageBitmap(picture.blob), LONGEST_DECODE_MS);
      this.#image?.close();
      this.#image = image;
      this.#capturedAt = picture.captured_at;
      this.#privacy = picture.privacy;
    } catch {
      // A broken picture is no picture: the last one ages, and the tile says so.
    }
  }

  #viewAt(now) {
    const source = this.#source;
    const ageSeconds = this.#capturedAt === null ? null : now - this.#capturedAt;
    const isFresh = this.#image !== null && Math.abs(ageSeconds) <= OLDEST_PICTURE_SECONDS;
    const isMonitored = source.state === "live" && isFresh;
    const since = this.#capturedAt ?? source.last_frame_at ?? source.changed_at;
    return {
      isMonitored,
      ageSeconds,
      name: source.source_id,
      privacy: isMonitored ? this.#privacy : "",
      warning: source.hints.length ? `picture is ${source.hints.join(" and ")}` : "",
      severity: source.severity,
      stateText: isMonitored || source.state !== "live" ? source.state : "no picture",
      ageText: isMonitored ? `${Math.max(ageSeconds, 0).toFixed(1)} s ago` : "",
      readings: isMonitored ? source.readings.map((reading) => readingAt(reading, now)) : [],
      panelTitle: since ? "Not monitored" : "Not monitored yet",
      panelSince: since ? `since ${localTime(since)}` : "",
      reason: source.reason || (source.state === "live" ? "no picture arrives" : ""),
    };
  }

  #fit() {
    const ratio = window.devicePixelRatio || 1;
    const width = this.element.clientWidth;
    const height = this.element.clientHeight;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#canvas.width !== w || this.#canvas.height !== h) {
      this.#canvas.width = w;
      this.#canvas.height = h;
    }
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return { width, height };
  }

  #tell(view, now) {
    const known = this.element.dataset;
    known.state = view.isMonitored ? "live" : "not monitored";
    known.sourceState = this.#source.state;
    known.ageSeconds = view.ageSeconds === null ? "" : view.ageSeconds.toFixed(2);
    known.label = view.readings[0]?.label ?? "";
    known.severity = view.severity ?? "";
    if (Math.abs(now - this.#spokenAt) < 1) return; // Screen readers want sentences, not a ticker.
    this.#spokenAt = now;
    const parts = view.isMonitored
      ? [view.name, "live", view.privacy, view.warning, ...view.readings.map((reading) => reading.text)]
      : [view.name, view.panelTitle, view.panelSince, view.reason];
    this.element.setAttribute("aria-label", parts.filter(Boolean).join(", "));
  }
}

function inTime(promise, milliseconds) {
  const tooLate = new Promise((_, reject) => setTimeout(reject, milliseconds, new Error("took too long")));
  return Promise.race([promise, tooLate]);
}

function readingAt(reading, now) {
  const isOld = reading.captured_at !== null && now - reading.captured_at > OLDEST_READING_SECONDS;
  if (isOld) return { ...reading, isOld, label: "", text: `not analysed since ${localTime(reading.captured_at)}` };
  return { ...reading, isOld };
}

export function localTime(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
}
