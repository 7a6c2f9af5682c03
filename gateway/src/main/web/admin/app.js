// Starts the dashboard: who is it, which view, and the stream that feeds them all.
import { get, onSignedOut, post } from './api.js';
import { recolour } from './charts.js';
import { toast } from './dialog.js';
import { h, icon, write } from './dom.js';
import { handlers, isShared, on, setConnection, store } from './store.js';
import { Stream } from './stream.js';
import { themeButton } from './theme.js';
import { actions } from './view-actions.js';
import { call } from './view-call.js';
import { calls } from './view-calls.js';
import { ended } from './view-ended.js';
import { now } from './view-now.js';
import { security } from './view-security.js';
import { signIn } from './view-sign-in.js';
import { usage } from './view-usage.js';

const VIEWS = [
  { name: 'now', label: 'Now', mount: now },
  { name: 'calls', label: 'Calls', mount: calls },
  { name: 'ended', label: 'Ended', mount: ended },
  { name: 'security', label: 'Security', mount: security },
  { name: 'usage', label: 'Usage', mount: usage },
  { name: 'actions', label: 'Actions', mount: actions },
];

const HIDDEN_FOR = 60_000;

const view = document.getElementById('view');
const rail = document.getElementById('rail');
const account = document.getElementById('account');

let stream = null;
let leave = () => {};
let hidden = 0;

/** Text of an address; what nobody can have linked to is taken as it stands. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `#/calls/ID?user=ann` as `{name: 'calls', id: 'ID', query}`. */
function route() {
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [name, id] = path.split('/');
  return { name: name || 'now', id: id === undefined ? undefined : decoded(id), query: new URLSearchParams(query) };
}

function show() {
  if (store.me === null) return;
  const { name, id, query } = route();
  const wanted = VIEWS.find((one) => one.name === name) ?? VIEWS[0];
  leave();
  view.replaceChildren();
  view.dataset.view = id === undefined ? wanted.name : 'call';
  for (const link of rail.children) {
    if (link.dataset.view === wanted.name) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.title = `${id === undefined ? wanted.label : 'Call'} · Donna Gateway`;
  leave = (id !== undefined && name === 'calls' ? call(view, id) : wanted.mount(view, query)) ?? (() => {});
}

function showConnection() {
  const { state, retryAt } = store.connection;
  const element = document.getElementById('state');
  const strip = document.getElementById('strip');
  const draining = store.now?.draining;
  const off = store.now?.switchedOn === false;
  element.dataset.state = state === 'live' ? (draining || off ? 'warning' : 'live') : 'lost';
  write(
    document.getElementById('state-words'),
    state === 'live' ? (off ? 'Switched off' : draining ? 'Draining' : 'Live') : state === 'waiting' ? 'Disconnected' : 'Connecting',
  );
  strip.hidden = state === 'live' || (state === 'connecting' && store.now === null) || store.me === null;
  document.body.classList.toggle('stale', !strip.hidden);
  if (state === 'waiting') {
    const seconds = Math.max(1, Math.ceil((retryAt - Date.now()) / 1_000));
    write(document.getElementById('strip-words'), `Disconnected from the gateway: what you see is from before. Next try in ${seconds} s.`);
  } else {
    write(document.getElementById('strip-words'), 'Disconnected from the gateway: what you see is from before. Trying …');
  }
}

let withReplicas = false;

/** Lists have a column more once it is known that there are replicas. */
function showReplicas() {
  if (isShared() && !withReplicas) {
    withReplicas = true;
    show();
  }
}

const keyOf = ({ alert, subject }) => `${alert} ${subject ?? ''}`;
let announced = [];

/** Marks the first view, and says to a screen reader what has begun and ended, but not each new value. */
function showAlerts() {
  const alerts = store.alerts ?? [];
  const keys = alerts.map(keyOf);
  const words = [
    ...alerts.filter((one) => !announced.includes(keyOf(one))).map(({ message }) => `Alert: ${message}`),
    ...announced.filter((key) => !keys.includes(key)).map((key) => `Resolved: ${key.trim().replaceAll('_', ' ')}.`),
  ];
  announced = keys;
  if (words.length > 0) write(document.getElementById('alert-words'), words.join(' '));
  const mark = document.getElementById('alert-count');
  if (mark === null) return;
  mark.hidden = alerts.length === 0;
  write(mark.firstChild, String(alerts.length));
  write(mark.lastChild, alerts.length === 1 ? ', 1 active alert' : `, ${alerts.length} active alerts`);
}

function connect() {
  stream?.close();
  let resync = 0;
  stream = new Stream(
    '/api/v1/events',
    {
      ...handlers,
      // The gateway left events out, as this browser was too slow: begin again, but not at once.
      lost() {
        resync ||= setTimeout(() => {
          resync = 0;
          stream?.retry();
        }, 5_000);
      },
    },
    setConnection,
    15_000,
  );
}

function begin(me) {
  store.me = me;
  account.hidden = me.actor === 'local';
  account.textContent = `${me.actor} · Sign out`;
  account.setAttribute('aria-label', `Sign out ${me.actor}, who is ${me.role}`);
  rail.hidden = false;
  document.body.dataset.signedIn = 'true';
  document.body.dataset.role = me.role;
  rail.replaceChildren(
    ...VIEWS.map(({ name, label }) => h('a', { href: `#/${name}`, 'data-view': name }, icon(name), h('span', {}, label))),
  );
  rail.firstChild.append(h('span', { class: 'count', id: 'alert-count', hidden: true }, h('span', { 'aria-hidden': 'true' }), h('span', { class: 'hidden' })));
  showAlerts();
  connect();
  show();
}

function askWho() {
  leave();
  leave = () => {};
  stream?.close();
  stream = null;
  store.me = null;
  rail.hidden = true;
  account.hidden = true;
  document.body.dataset.signedIn = 'false';
  document.querySelectorAll('dialog').forEach((dialog) => dialog.close());
  view.dataset.view = 'sign-in';
  document.title = 'Sign in · Donna Gateway';
  signIn(view, begin);
  setConnection({ state: 'connecting' });
}

async function start() {
  themeButton(document.getElementById('theme'));
  new MutationObserver(recolour).observe(document.documentElement, { attributeFilter: ['data-theme'] });
  onSignedOut(() => {
    if (view.dataset.view !== 'sign-in') askWho();
  });
  addEventListener('hashchange', () => {
    show();
    view.focus({ preventScroll: true });
  });
  document.querySelector('.skip').addEventListener('click', (event) => {
    event.preventDefault();
    view.focus();
  });
  document.getElementById('retry').addEventListener('click', () => stream?.retry());
  account.addEventListener('click', async () => {
    try {
      await post('/api/v1/sign-out', {});
      location.reload(); // what was seen is forgotten, too
    } catch (error) {
      toast(error.message);
    }
  });
  // A browser has six connections to one server, and background tabs would keep theirs.
  document.addEventListener('visibilitychange', () => {
    clearTimeout(hidden);
    if (document.hidden) {
      hidden = setTimeout(() => {
        leave(); // a call's view has a stream of its own
        leave = () => {};
        stream?.close();
        stream = null;
      }, HIDDEN_FOR);
    } else if (stream === null && store.me !== null) {
      connect();
      show();
    }
  });
  on('connection', showConnection);
  on('now', showConnection);
  on('now', showReplicas);
  on('alerts', showAlerts);
  setInterval(showConnection, 1_000);
  for (let tries = 0; ; tries++) {
    try {
      begin(await get('/api/v1/me'));
      return;
    } catch (error) {
      if (error.status === 401) return;
      setConnection({ state: 'waiting', retryAt: Date.now() + 2_000 });
      await new Promise((resolve) => setTimeout(resolve, Math.min(30_000, 1_000 * 2 ** tries)));
    }
  }
}

start();
