// Server-sent events that come back by themselves, at growing intervals.
import { get } from './api.js';

const WAITS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

export class Stream {
  #source = null;
  #tries = 0;
  #timer = 0;
  #watch = 0;
  #closed = false;

  /**
   * @param handlers by the events' names
   * @param told `{state: 'connecting'|'live'|'waiting', retryAt}` whenever that changes
   * @param silenceMs a stream that says nothing for so long has died without a word; 0: never
   */
  constructor(path, handlers, told = () => {}, silenceMs = 0) {
    this.path = path;
    this.handlers = handlers;
    this.told = told;
    this.silenceMs = silenceMs;
    this.#open();
  }

  #open() {
    clearTimeout(this.#timer);
    this.told({ state: 'connecting' });
    const source = new EventSource(this.path);
    this.#source = source;
    source.onopen = () => {
      this.#tries = 0;
      this.told({ state: 'live' });
      this.#heard();
    };
    source.onerror = () => this.#lost();
    for (const [type, handle] of Object.entries(this.handlers)) {
      source.addEventListener(type, ({ data }) => {
        this.#heard();
        handle(JSON.parse(data));
      });
    }
    this.#heard();
  }

  #heard() {
    clearTimeout(this.#watch);
    if (this.silenceMs > 0) this.#watch = setTimeout(() => this.#lost(), this.silenceMs);
  }

  #lost() {
    this.#stop();
    if (this.#closed) return;
    const planned = WAITS[Math.min(this.#tries++, WAITS.length - 1)];
    // Browsers that lost the same gateway do not come back in the same instant.
    const wait = planned * (0.8 + 0.4 * Math.random());
    this.told({ state: 'waiting', retryAt: Date.now() + wait });
    this.#timer = setTimeout(() => this.retry(), wait);
    // An EventSource does not say why it failed; whoever is signed out is told by this.
    get('/api/v1/me').catch(() => {});
  }

  #stop() {
    clearTimeout(this.#watch);
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  /** At once, instead of when the wait is over. */
  retry() {
    if (this.#closed) return;
    this.#stop();
    this.#open();
  }

  close() {
    this.#closed = true;
    this.#stop();
  }
}
