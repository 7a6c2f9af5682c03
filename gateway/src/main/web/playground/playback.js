// The speaker's side of the audio thread: a queue that is played sample by sample, so that nothing is
// lost, repeated or parted, and that knows to the sample how much of each item was played.

/** Held back before the first sample, in seconds: deltas do not come evenly. */
const LEAD = 0.06;

/** And after the queue ran dry: the network is slower than speech, so that more is needed. */
const LEAD_AFTER_DROUGHT = 0.25;

class Playback extends AudioWorkletProcessor {
  #queue = [];
  #queued = 0;
  #playing = false;
  #lead = LEAD;
  /** No more will come of what is queued: there is nothing to wait for. */
  #complete = false;
  /** Samples played of the items that are queued or were last. */
  #played = new Map();

  constructor() {
    super();
    this.port.onmessage = ({ data }) => this[data.type](data);
  }

  /** More of an item. */
  push({ item, samples }) {
    this.#queue.push({ item, samples, next: 0 });
    this.#queued += samples.length;
    this.#complete = false;
    if (!this.#played.has(item)) this.#played.set(item, 0);
  }

  /** The answer is complete. */
  complete() {
    this.#complete = true;
    // It was all played before this was known.
    if (!this.#playing && this.#queued === 0 && this.#played.size > 0) this.#runDry();
  }

  /** Silence, from the next block on; the reply says what was played of what was not finished. */
  stop({ id }) {
    const heard = [...this.#played].map(([item, samples]) => ({ item, samples }));
    this.#queue = [];
    this.#queued = 0;
    this.#played.clear();
    this.#playing = false;
    this.#complete = false;
    this.#lead = LEAD;
    this.port.postMessage({ type: 'stopped', id, heard });
  }

  process(_, [[output]]) {
    if (!this.#playing && this.#queued > 0) {
      this.#playing = this.#complete || this.#queued >= this.#lead * sampleRate;
      if (this.#playing) this.port.postMessage({ type: 'playing' });
    }
    let filled = 0;
    while (this.#playing && filled < output.length) {
      const head = this.#queue[0];
      if (!head) {
        this.#runDry();
        break;
      }
      const count = Math.min(output.length - filled, head.samples.length - head.next);
      for (let i = 0; i < count; i++) output[filled++] = head.samples[head.next++] / 32_768;
      this.#queued -= count;
      this.#played.set(head.item, this.#played.get(head.item) + count);
      if (head.next === head.samples.length) this.#queue.shift();
    }
    return true;
  }

  #runDry() {
    this.#playing = false;
    this.#lead = this.#complete ? LEAD : LEAD_AFTER_DROUGHT;
    if (this.#complete) this.#played.clear();
    this.port.postMessage({ type: this.#complete ? 'finished' : 'starved' });
  }
}

registerProcessor('playback', Playback);
