// The server's time, told by this computer's clock: the age of a frame stays true on a computer whose clock
// is wrong, and goes on rising when the socket is dead.

const NUM_SAMPLES = 50;
const STEP_SECONDS = 5;

export class ServerClock {
  #samples = [];
  #localNow;

  constructor(localNow = () => Date.now() / 1000) {
    this.#localNow = localNow;
  }

  /** Learn from a message that the server sent at `serverAt`. */
  learn(serverAt) {
    const sample = this.#localNow() - serverAt;
    if (this.#samples.length && Math.abs(sample - this.#offset()) > STEP_SECONDS) {
      this.#samples = []; // One of the clocks was set: what we knew is worth nothing.
    }
    this.#samples.push(sample);
    if (this.#samples.length > NUM_SAMPLES) this.#samples.shift();
  }

  get isSet() {
    return this.#samples.length > 0;
  }

  /** The server's wall time now, in seconds since the epoch. */
  now() {
    return this.#localNow() - this.#offset();
  }

  // Every sample is the offset plus the way of the message; the fastest message tells it best.
  #offset() {
    return this.#samples.length ? Math.min(...this.#samples) : 0;
  }
}
