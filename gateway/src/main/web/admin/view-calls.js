// Every live call.
import { h, write } from './dom.js';
import { count, duration, name, usd, wait } from './format.js';
import { Grid, text } from './grid.js';
import * as operations from './operations.js';
import { callsIn, gatewayTime, on, isOperator, isShared, store } from './store.js';

const STATES = ['authenticating', 'ready', 'connecting', 'live'];

/** The columns that live and ended calls have in common. */
export const user = {
  name: 'user',
  label: 'User',
  sort: 'ascending',
  make(cell) {
    cell.append(h('a', { class: 'ellipsis' }), h('small', { class: 'narrow ellipsis' }));
  },
  cell(item, cell) {
    const href = `#/calls/${encodeURIComponent(item.id)}`;
    const [link, under] = cell.children;
    if (link.getAttribute('href') !== href) link.setAttribute('href', href);
    write(link, name(item.user, 'Anonymous'));
    write(under, item.model ?? item.endpoint);
  },
};
export const tenant = text('tenant', 'Tenant', (item) => name(item.tenant), { sort: 'ascending', wide: true });
export const tier = text('tier', 'Tier', (item) => name(item.tier), { sort: 'ascending', wide: true });
export const model = text('model', 'Model', (item) => name(item.model), { sort: 'ascending', wide: true });
/** Only where there are replicas. */
export const replica = () => (isShared() ? [text('replica', 'Replica', (item) => name(item.replica), { sort: 'ascending', wide: true })] : []);
export const turns = text('turns', 'Turns', (item) => count(item.turns), { sort: 'descending', end: true, wide: true });
export const cost = text('usd', 'Cost', (item) => usd(item.usd), { sort: 'descending', end: true });

const state = {
  name: 'state',
  label: 'State',
  sort: 'ascending',
  cell(item, cell) {
    write(cell, item.state);
    cell.dataset.state = item.state;
  },
};

const end = {
  name: 'end',
  label: '',
  title: 'End',
  wide: true,
  make(cell, row) {
    cell.append(operations.button('End', () => operations.endCall(row.item)));
  },
  cell(item, cell) {
    const label = `End the call of ${name(item.user, 'an anonymous caller')}`;
    const [button] = cell.children;
    if (button.getAttribute('aria-label') !== label) button.setAttribute('aria-label', label);
  },
};

/** Orders by a field; what is not known comes last either way, and equals stay in order. */
export function order(items, { name: field, descending }) {
  const way = descending ? -1 : 1;
  return items.sort((a, b) => {
    const x = a[field];
    const y = b[field];
    if (x === y) return a.id < b.id ? -1 : 1;
    if (x === null || x === undefined) return 1;
    if (y === null || y === undefined) return -1;
    return x < y ? -way : way;
  });
}

const SEARCHED = ['user', 'tenant', 'tier', 'model', 'address', 'upstream', 'endpoint', 'replica', 'id'];

/** Whether every word of a search is in some field of a call. */
export function matches(item, words) {
  return words.every((word) => SEARCHED.some((field) => item[field]?.toLowerCase().includes(word)));
}

export const wordsOf = (search) => search.toLowerCase().split(/\s+/).filter((word) => word !== '');

/** Choices for a select, the first of which takes all. */
export const choices = (all, values) => [h('option', { value: '' }, all), values.map((value) => h('option', { value }, value))];

export function calls(view, query) {
  let sort = { name: 'begun', descending: true };
  const search = h('input', {
    type: 'search',
    'aria-label': 'Search calls',
    placeholder: 'User, tenant, model, address …',
    spellcheck: 'false',
    autocapitalize: 'off',
    value: query.get('search') ?? '',
  });
  const ofState = h('select', { 'aria-label': 'State' }, choices('Any state', STATES));
  const shown = h('p', { class: 'aside', role: 'status' });
  const grid = new Grid({
    label: 'Live calls',
    columns: [
      user,
      tenant,
      tier,
      model,
      text('address', 'Address', (item) => item.address, { sort: 'ascending', wide: true }),
      ...replica(),
      state,
      turns,
      text('interruptions', 'Cut in', (item) => count(item.interruptions), { sort: 'descending', end: true, wide: true }),
      text('lastWaitMs', 'Last wait', (item) => wait(item.lastWaitMs), { sort: 'descending', end: true }),
      cost,
      text('begun', 'Length', (item) => duration(gatewayTime() - Date.parse(item.begun)), { sort: 'descending', end: true }),
      ...(isOperator() ? [end] : []),
    ],
    key: (item) => item.id,
    sort,
    onSort(wanted) {
      sort = wanted;
      draw();
    },
    empty: 'No live call. It appears here the moment that somebody connects.',
    open: (item) => (location.hash = `#/calls/${encodeURIComponent(item.id)}`),
  });
  grid.element.classList.add('calls-grid');
  grid.element.classList.toggle('has-replicas', isShared());

  const draw = () => {
    const words = wordsOf(search.value);
    const items = [];
    for (const item of store.calls.values()) {
      if ((ofState.value === '' || item.state === ofState.value) && matches(item, words)) items.push(item);
    }
    grid.show(order(items, sort), sort.name === 'begun');
    const total = store.calls.size;
    const all = STATES.reduce((sum, one) => sum + callsIn(one), 0);
    const listed = total >= 2_000 && all > total ? `the latest ${count(total)} of ${count(all)} live` : `${count(total)} live`;
    write(shown, items.length === total ? listed : `${count(items.length)} of ${listed}`);
    write(
      grid.empty,
      !store.listed ? 'Reading the calls …' : total > 0 ? 'No live call matches.' : 'No live call. It appears here the moment that somebody connects.',
    );
  };
  search.addEventListener('input', draw);
  ofState.addEventListener('change', draw);
  view.append(
    h('div', { class: 'view-head' }, h('h1', {}, 'Live calls'), shown, h('div', { class: 'tools' }, search, ofState, operations.button('End calls of …', () => operations.endCalls()))),
    grid.element,
  );
  draw();
  const stops = [on('calls', draw), on('now', () => grid.draw())];
  return () => {
    stops.forEach((stop) => stop());
    grid.close();
  };
}
