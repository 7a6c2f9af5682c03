// Plays the answer's audio and knows how much of it was heard.

export const RATE = 24_000; // the API's PCM16

export class Player {
  #context;
  #node;
  #started;
  #stops = new Map();
  #stopped = 0;
  /** Samples received of each item. */
  #pushed = new Map();
  #listener;

  /** @param listener told 'playing' and 'finished' */
  constructor(listener) {
    this.#listener = listener;
  }

  /** Browsers let a page make sound after a click: call it in one. */
  start() {
    this.#started ??= this.#open();
    this.#context.resume();
    return this.#started;
  }

  async #open() {
    // At the rate of the audio, so that the browser does the converting and no sample is touched here.
    this.#context = new AudioContext({ sampleRate: RATE, latencyHint: 'interactive' });
    await this.#context.audioWorklet.addModule(new URL('playback.js', import.meta.url));
    this.#node = new AudioWorkletNode(this.#context, 'playback', {
      numberOfInputs: 0,
      outputChannelCount: [1],
    });
    this.#node.port.onmessage = ({ data }) => {
      if (data.type === 'stopped') {
        this.#stops.get(data.id)(data.heard);
        this.#stops.delete(data.id);
      } else if (data.type === 'playing' || data.type === 'finished') {
        this.#listener(data.type);
      }
    };
    this.#node.connect(this.#context.destination);
  }

  push(item, samples) {
    this.#pushed.set(item, (this.#pushed.get(item) ?? 0) + samples.length);
    this.#post({ type: 'push', item, samples }, [samples.buffer]);
  }

  complete() {
    this.#post({ type: 'complete' });
  }

  /** In order, also while the audio thread is being started. */
  #post(message, transfer = []) {
    this.#started?.then(() => this.#node.port.postMessage(message, transfer));
  }

  /**
   * Stops at once. Resolves to what was heard of each item since the last silence, in milliseconds, and
   * whether that is all that came of it. What is still on its way through the device was not heard.
   */
  async stop() {
    if (!this.#started) return [];
    await this.#started;
    const pushed = this.#pushed;
    this.#pushed = new Map();
    const id = ++this.#stopped;
    const heard = await new Promise((resolve) => {
      this.#stops.set(id, resolve);
      this.#node.port.postMessage({ type: 'stop', id });
    });
    const onItsWay = (this.#context.outputLatency || 0) * RATE;
    return heard.map(({ item, samples }) => ({
      item,
      whole: samples === pushed.get(item),
      milliseconds: Math.floor((Math.max(0, samples - onItsWay) * 1000) / RATE),
    }));
  }
}

/** What a delta of the API's carries. */
export function decode(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Int16Array.from({ length: bytes.length >> 1 }, (_, i) => view.getInt16(2 * i, true));
}
