// What the page knows of the gateway: kept here, so that a view can be left and come back to.
const HISTORY = 900; // seconds
const EVENTS = 5_000;

const listeners = new Map();

/** Calls `listener` whenever this part of the store changed; returns how to stop that. */
export function on(part, listener) {
  const all = listeners.get(part) ?? listeners.set(part, new Set()).get(part);
  all.add(listener);
  return () => all.delete(listener);
}

const due = new Set();

/** However much arrives, nothing is drawn more than once a frame. */
function changed(part) {
  if (due.size === 0) requestAnimationFrame(tell);
  due.add(part);
}

function tell() {
  const parts = [...due];
  due.clear();
  for (const part of parts) listeners.get(part)?.forEach((listener) => listener());
}

export const store = {
  me: null,
  now: null,
  calls: new Map(),
  /** Whether the list of calls has arrived. */
  listed: false,
  /** The active alerts; null until they have arrived. */
  alerts: null,
  security: [],
  /** How many security events there have been; those before the last EVENTS are gone. */
  seen: 0,
  connection: { state: 'connecting' },
  history: { time: [], calls: [], refusals: [], usd: [], p50: [], p95: [], lag: [] },
};

// An event that was long on its way says that it is earlier than it is: the freshest is right.
const FRESH = 60;
let skews = [];

/** The gateway's time: ages are right on a machine whose clock is wrong. */
export const gatewayTime = () => Date.now() + (skews.length === 0 ? 0 : Math.max(...skews));

/** Every replica that has reported, the one that serves this page first. */
export const replicas = () => (store.now === null ? [] : [store.now, ...store.now.others]);

/** The largest of what is known: what adds up nowhere is shown as it is where it is worst. */
function worst(values) {
  const known = values.filter((value) => value !== null && value !== undefined);
  return known.length === 0 ? null : Math.max(...known);
}

const sum = (values) => values.reduce((all, value) => all + value, 0);

const callsOf = (replica) => sum(Object.values(replica.sessions));

function remember(now) {
  const { history } = store;
  const seconds = Date.parse(now.time) / 1_000;
  // After a gap the lines are broken, not drawn across it.
  const last = history.time.at(-1);
  if (last !== undefined && seconds <= last) return;
  if (last !== undefined && seconds - last > 5) add(history, last + 1, {});
  add(history, seconds, {
    calls: sum(replicas().map(callsOf)),
    refusals: sum(replicas().map((one) => one.refusalsPerMinute)),
    usd: sum(replicas().map((one) => one.usdPerMinute)),
    p50: worst(replicas().map((one) => one.wait?.p50Ms)),
    p95: worst(replicas().map((one) => one.wait?.p95Ms)),
    lag: worst(replicas().map((one) => one.loopLagMs)),
  });
}

function add(history, time, values) {
  for (const [name, line] of Object.entries(history)) {
    line.push(name === 'time' ? time : values[name] ?? null);
    if (line.length > HISTORY) line.shift();
  }
}

export const handlers = {
  now(now) {
    skews.push(Date.parse(now.time) - Date.now());
    if (skews.length > FRESH) skews.shift();
    store.now = now;
    remember(now);
    changed('now');
  },
  sessions({ all, rows, gone }) {
    if (all) {
      store.calls = new Map();
      store.listed = true;
    }
    for (const row of rows) store.calls.set(row.id, row);
    for (const id of gone ?? []) store.calls.delete(id);
    changed('calls');
    if (gone?.length > 0) changed('gone');
  },
  security(event) {
    store.security.push(event);
    store.seen++;
    // Seldom and many at once: one at a time would move thousands for each.
    if (store.security.length > 1.1 * EVENTS) store.security.splice(0, store.security.length - EVENTS);
    changed('security');
  },
  alerts({ items }) {
    store.alerts = items;
    changed('alerts');
  },
};

export function setConnection(connection) {
  if (connection.state === 'connecting') skews = [];
  store.connection = connection;
  listeners.get('connection')?.forEach((listener) => listener());
}

/** How many calls of a state there are, on all replicas. */
export const callsIn = (state) => sum(replicas().map((one) => one.sessions[state]));

/** Whether the gateway has, or may have, other replicas. */
export const isShared = () => store.now !== null && store.now.replica !== null;

export const isOperator = () => store.me?.role === 'operator';
