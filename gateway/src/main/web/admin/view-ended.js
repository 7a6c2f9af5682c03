// The latest calls that ended, and why.
import { get } from './api.js';
import { h, write } from './dom.js';
import { count, duration, endWords, time } from './format.js';
import { Grid, text } from './grid.js';
import { isShared, on } from './store.js';
import { choices, cost, matches, model, order, replica, tenant, tier, turns, user, wordsOf } from './view-calls.js';

const PAUSE = 3_000; // between two readings of the list

/** A client may state any reason, such as one that the gateway has for others. */
const why = (end) => {
  if (!end) return '–';
  const words = endWords(end) || `closed with ${end.code}`;
  return end.by === 'client' ? `the client said: ${words}` : words;
};

export function ended(view) {
  let items = [];
  let read = false;
  let sort = { name: 'ended', descending: true };
  let codes = '';
  const search = h('input', {
    type: 'search',
    'aria-label': 'Search ended calls',
    placeholder: 'User, tenant, reason …',
    spellcheck: 'false',
    autocapitalize: 'off',
  });
  const ofCode = h('select', { 'aria-label': 'Close code' }, choices('Any close code', []));
  const shown = h('p', { class: 'aside', role: 'status' });
  const grid = new Grid({
    label: 'Ended calls',
    columns: [
      user,
      tenant,
      tier,
      model,
      ...replica(),
      text('code', 'Code', (item) => String(item.end?.code ?? '–'), { sort: 'ascending', wide: true }),
      text('reason', 'Why it ended', (item) => why(item.end), { sort: 'ascending' }),
      turns,
      cost,
      text('length', 'Length', (item) => duration(item.length), { sort: 'descending', end: true, wide: true }),
      text('ended', 'Ended', (item) => time(item.ended), { sort: 'descending', end: true, wide: true }),
    ],
    key: (item) => item.id,
    sort,
    onSort(wanted) {
      sort = wanted;
      draw();
    },
    empty: '',
    open: (item) => (location.hash = `#/calls/${encodeURIComponent(item.id)}`),
  });
  grid.element.classList.add('ended-grid');
  grid.element.classList.toggle('has-replicas', isShared());

  const draw = () => {
    const words = wordsOf(search.value);
    const wanted = items.filter(
      (item) =>
        (ofCode.value === '' || String(item.end?.code) === ofCode.value) &&
        words.every((word) => item.reason.toLowerCase().includes(word) || matches(item, [word])),
    );
    grid.show(order(wanted, sort));
    write(shown, wanted.length === items.length ? `the last ${count(items.length)}` : `${count(wanted.length)} of the last ${count(items.length)}`);
    write(grid.empty, !read ? 'Reading the calls …' : items.length > 0 ? 'No call matches.' : 'No call has ended since the gateway started.');
  };

  const load = async () => {
    try {
      const answer = await get('/api/v1/sessions', { state: 'ended', limit: 1_000 });
      read = true;
      items = answer.items.map((item) => ({
        ...item,
        ended: item.end?.time ?? '',
        code: item.end?.code ?? 0,
        reason: why(item.end),
        length: item.end ? Date.parse(item.end.time) - Date.parse(item.begun) : 0,
      }));
      const now = [...new Set(items.map((item) => String(item.end?.code)))].sort();
      if (now.join() !== codes) {
        codes = now.join();
        const chosen = ofCode.value;
        ofCode.replaceChildren(...choices('Any close code', now).flat());
        ofCode.value = now.includes(chosen) ? chosen : '';
      }
    } catch (error) {
      write(shown, error.message);
      return;
    }
    draw();
  };

  let timer = 0;
  const soon = () => {
    timer ||= setTimeout(() => {
      timer = 0;
      load();
    }, PAUSE);
  };
  search.addEventListener('input', draw);
  ofCode.addEventListener('change', draw);
  view.append(h('div', { class: 'view-head' }, h('h1', {}, 'Ended calls'), shown, h('div', { class: 'tools' }, search, ofCode)), grid.element);
  draw();
  load();
  const stop = on('gone', soon);
  return () => {
    stop();
    clearTimeout(timer);
    grid.close();
  };
}
