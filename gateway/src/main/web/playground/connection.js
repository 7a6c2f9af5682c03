// The gateway's own protocol on /realtime: connect, authenticate, open the session; and come back when
// the gateway does.
import { ofAuthentication, ofClose, ofError, ofRefusal } from './remedies.js';

/** Seconds before the first, second, ... attempt to come back; the last is repeated. */
const BACK_OFF = [0.5, 1, 2, 4, 8, 15];

/** The gateway is going away, was lost, or asks to come back later. */
const COME_BACK = [1001, 1006, 1012, 1013];

export class Connection {
  #url;
  #listener;
  #limits;
  #socket;
  #wish;
  #attempts = 0;
  #timer;
  #failure;

  /** @param listener told state(name, detail), received(event), sent(event) and failed(remedy) */
  constructor(url, limits, listener) {
    this.#url = url;
    this.#limits = limits;
    this.#listener = listener;
  }

  /** @param wish token and model, each possibly empty */
  open(wish) {
    this.#wish = wish;
    this.#attempts = 0;
    this.#connect();
  }

  close() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(1000);
    this.#listener.state('idle');
  }

  /** Without waiting for the back-off. */
  retryNow() {
    clearTimeout(this.#timer);
    this.#connect();
  }

  send(event) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify(event));
    this.#listener.sent(event);
  }

  #connect() {
    const { token, model } = this.#wish;
    const url = new URL(this.#url);
    if (model) url.searchParams.set('model', model);
    const socket = new WebSocket(url);
    this.#socket = socket;
    this.#failure = undefined;
    let opened = false;
    this.#listener.state('connecting');
    socket.onopen = () => {
      opened = true;
      if (token) {
        this.#listener.state('authenticating');
        this.send({ type: 'authenticate', token });
      } else {
        this.#openSession();
      }
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#receive(JSON.parse(data));
    };
    socket.onclose = ({ code, reason }) => {
      if (socket === this.#socket) this.#closed(opened, code, reason);
    };
  }

  #openSession() {
    this.#listener.state('opening');
    this.send({ type: 'connect_realtime' });
  }

  #receive(event) {
    this.#listener.received(event);
    switch (event.type) {
      case 'auth_success':
        this.#openSession();
        break;
      case 'session.created':
        this.#attempts = 0;
        this.#listener.state('ready');
        break;
      case 'auth_required':
      case 'auth_error':
        this.#fail(ofAuthentication(event.error));
        break;
      case 'error':
        this.#fail(ofError(event.error));
        break;
      case 'realtime_disconnected':
        this.#comeBack(() => this.#openSession());
        break;
    }
  }

  /** The reason why a connection ends comes before its end, and is the better one of the two. */
  #fail(remedy) {
    this.#failure = remedy;
    this.#listener.failed(remedy);
  }

  async #closed(opened, code, reason) {
    if (!opened) {
      await this.#diagnose();
    } else if (COME_BACK.includes(code)) {
      this.#comeBack(() => this.#connect());
    } else {
      this.#socket = undefined;
      this.#listener.state('idle');
      if (!this.#failure && code !== 1000) this.#listener.failed(ofClose(code, reason));
    }
  }

  /** A browser does not tell a page why a WebSocket was not opened; a plain request finds out. */
  async #diagnose() {
    const socket = this.#socket;
    let status = 0;
    try {
      const http = new URL(this.#url);
      http.protocol = http.protocol.replace('ws', 'http');
      // A browser sends the page's origin with OPTIONS, as it does with the WebSocket.
      status = (await fetch(http, { method: 'OPTIONS', cache: 'no-store' })).status;
    } catch {
      // Nobody listens.
    }
    if (socket !== this.#socket) return;
    // One that is stopping or starting refuses for a while.
    const passing = this.#attempts > 0 && status !== 403 && status !== 421;
    if (status === 0 || passing) {
      this.#comeBack(() => this.#connect());
      return;
    }
    this.#socket = undefined;
    this.#listener.state('idle');
    this.#listener.failed(ofRefusal(status, this.#limits));
  }

  #comeBack(attempt) {
    const seconds = BACK_OFF[Math.min(this.#attempts++, BACK_OFF.length - 1)];
    const spread = 0.8 + 0.4 * Math.random(); // a gateway's pages do not all come back at once
    this.#listener.state('waiting', { seconds });
    this.#timer = setTimeout(attempt, seconds * spread * 1000);
  }
}
