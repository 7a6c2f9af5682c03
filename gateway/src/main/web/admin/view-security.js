// The security log as it is written.
import { tell } from './dialog.js';
import { h, icon, write } from './dom.js';
import { count, isolated, time } from './format.js';
import { Grid, text } from './grid.js';
import { on, store } from './store.js';
import { choices } from './view-calls.js';

const OWN_COLUMN = new Set(['event', 'ip', 'session', 'timestamp']);

/** Whether an event is one that an operator looks at twice. */
export const isWorrying = (event) => /FAILED|BLOCKED|REFUSED|EXCEEDED|REVOKED|ALERT|ERROR|TIMEOUT|UNAVAILABLE/.test(event);

/** What an event says beside when, what and who. */
export const detailsOf = (event) =>
  Object.entries(event)
    .filter(([key, value]) => !OWN_COLUMN.has(key) && value !== null)
    .map(([key, value]) => `${key} ${isolated(typeof value === 'object' ? JSON.stringify(value) : value)}`)
    .join(', ');

const whole = (event) =>
  tell(
    event.event,
    h(
      'dl',
      { class: 'facts' },
      Object.entries(event).map(([key, value]) => [h('dt', {}, key), h('dd', {}, typeof value === 'object' ? JSON.stringify(value) : String(value))]),
    ),
    event.session
      ? h('p', {}, h('a', { href: `#/calls/${encodeURIComponent(event.session)}`, onclick: ({ target }) => target.closest('dialog').close() }, 'To the call'))
      : null,
  );

export function security(view, query) {
  // Each event gets a number once, so that rows keep their place while others come.
  const numbers = new WeakMap();
  let next = 0;
  const number = (event) => numbers.get(event) ?? (numbers.set(event, String(next++)), numbers.get(event));

  let paused = null;
  let kinds = '';
  const kind = h('select', { 'aria-label': 'Event' }, choices('Any event', []));
  const address = h('input', { type: 'search', 'aria-label': 'Address', placeholder: 'Address', spellcheck: 'false' });
  const session = h('input', { type: 'search', 'aria-label': 'Session', placeholder: 'Session', spellcheck: 'false', value: query.get('session') ?? '' });
  const pause = h('button', { type: 'button', class: 'quiet', 'aria-pressed': 'false' }, icon('pause'), h('span', {}, 'Pause'));
  const shown = h('p', { class: 'aside', role: 'status' });
  const grid = new Grid({
    label: 'Security events',
    columns: [
      {
        name: 'time',
        label: 'Time',
        make(cell, row) {
          cell.append(h('button', { type: 'button', class: 'bare', onclick: () => whole(row.item) }));
        },
        cell: (item, cell) => write(cell.firstChild, time(item.timestamp)),
      },
      {
        name: 'event',
        label: 'Event',
        make: (cell) => cell.append(h('span', { class: 'ellipsis' }), h('small', { class: 'narrow ellipsis' })),
        cell(item, cell) {
          write(cell.firstChild, item.event);
          write(cell.lastChild, [item.ip, detailsOf(item)].filter(Boolean).join(', '));
          cell.classList.toggle('worry', isWorrying(item.event));
        },
      },
      text('ip', 'Address', (item) => item.ip ?? '–', { wide: true }),
      text('details', 'Details', detailsOf, { wide: true }),
      text('session', 'Session', (item) => item.session ?? '–', { wide: true }),
    ],
    key: number,
    sort: null,
    empty: '',
    open: whole,
  });
  grid.element.classList.add('security-grid');

  const draw = () => {
    const all = paused ?? store.security;
    const now = [...new Set(all.map((item) => item.event))].sort();
    if (now.join() !== kinds) {
      kinds = now.join();
      const chosen = kind.value;
      kind.replaceChildren(...choices('Any event', now).flat());
      kind.value = now.includes(chosen) ? chosen : '';
    }
    const wanted = all.filter(
      (item) =>
        (kind.value === '' || item.event === kind.value) &&
        (address.value === '' || (item.ip ?? '').includes(address.value.trim())) &&
        (session.value === '' || (item.session ?? '').includes(session.value.trim())),
    );
    grid.show(wanted.reverse(), true);
    const missed = paused === null ? 0 : store.seen - pausedAt;
    write(shown, paused === null ? `${count(wanted.length)} since this page was opened` : `paused, ${count(missed)} new`);
    write(grid.empty, all.length > 0 ? 'No event matches.' : 'No event since this page was opened. The log has those before.');
  };
  let pausedAt = 0;
  pause.addEventListener('click', () => {
    paused = paused === null ? [...store.security] : null;
    pausedAt = store.seen;
    pause.setAttribute('aria-pressed', String(paused !== null));
    pause.replaceChildren(icon(paused === null ? 'pause' : 'play'), h('span', {}, paused === null ? 'Pause' : 'Go on'));
    draw();
  });
  for (const input of [kind, address, session]) input.addEventListener('input', draw);
  view.append(
    h('div', { class: 'view-head' }, h('h1', {}, 'Security events'), shown, h('div', { class: 'tools' }, kind, address, session, pause)),
    grid.element,
  );
  draw();
  const stop = on('security', draw);
  return () => {
    stop();
    grid.close();
  };
}
