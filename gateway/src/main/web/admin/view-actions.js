// What operators can do to the gateway, what is in force, and what has been done by whom.
import { get } from './api.js';
import { h } from './dom.js';
import { count, name, time } from './format.js';
import * as operations from './operations.js';
import { on, store } from './store.js';

const words = (action) => action.replaceAll('_', ' ');

function list({ label, columns, empty }) {
  const rows = h('tbody');
  const table = h('table', {}, h('thead', {}, h('tr', {}, columns.map((column) => h('th', { scope: 'col', class: column.wide ? 'wide' : null }, column.last ? h('span', { class: 'hidden' }, column.label) : column.label)))), rows);
  const none = h('p', { class: 'empty' }, empty);
  return {
    element: h('div', { role: 'group', 'aria-label': label }, table, none),
    show(items) {
      table.hidden = items.length === 0;
      none.hidden = items.length > 0;
      rows.replaceChildren(
        ...items.map((item) =>
          h('tr', {}, columns.map((column) => h('td', { class: column.wide ? 'wide' : column.last ? 'end' : null }, column.cell(item)))),
        ),
      );
    },
  };
}

const part = (title, note, buttons, ...content) =>
  h(
    'section',
    { class: 'part', 'aria-label': title },
    h('div', { class: 'part-head' }, h('h2', {}, title), h('div', { class: 'buttons' }, buttons)),
    note ? h('p', { class: 'soft' }, note) : null,
    content,
  );

export function actions(view) {
  const problem = h('p', { class: 'problem', role: 'alert', hidden: true });
  const steer = h('ul', { class: 'steer' });
  const blocks = list({
    label: 'Blocks',
    empty: 'Nobody is blocked.',
    columns: [
      { label: 'Who', cell: (item) => h('strong', {}, item.user ?? item.address) },
      { label: 'Why', cell: (item) => item.reason },
      { label: 'By', wide: true, cell: (item) => item.by },
      { label: 'Until', wide: true, cell: (item) => time(item.until) },
      { label: 'Action', last: true, cell: (item) => operations.button('End block', () => operations.unblock(item, load), { 'aria-label': `End the block of ${item.user ?? item.address}` }) ?? '' },
    ],
  });
  const revocations = list({
    label: 'Revocations',
    empty: 'Nothing is revoked here. The revocations file is not listed.',
    columns: [
      { label: 'What', cell: (item) => [h('strong', {}, item.sub ?? item.jti), item.before ? ` before ${time(item.before)}` : ''] },
      { label: 'Why', cell: (item) => item.reason },
      { label: 'By', wide: true, cell: (item) => item.by },
      { label: 'Since', wide: true, cell: (item) => time(item.since) },
      { label: 'Action', last: true, cell: (item) => operations.button('Take back', () => operations.unrevoke(item, load), { 'aria-label': `Take back the revocation of ${item.sub ?? item.jti}` }) ?? '' },
    ],
  });
  const done = list({
    label: 'What was done',
    empty: 'Nothing has been done since the gateway started.',
    columns: [
      { label: 'When', cell: (item) => time(item.at) },
      { label: 'What', cell: (item) => [h('strong', {}, words(item.action)), ` ${item.target}`] },
      { label: 'Why', cell: (item) => item.reason },
      { label: 'By', wide: true, cell: (item) => `${name(item.actor)}, ${item.ip}` },
    ],
  });

  const line = (label, value, ...buttons) => h('li', {}, h('span', {}, h('strong', {}, label), h('span', { class: 'soft' }, value)), h('span', { class: 'buttons' }, buttons));

  const drawSteer = (state, limits, draining) => {
    const { button } = operations;
    const seconds = limits.window_ms / 1_000;
    steer.replaceChildren(
      line(
        'Switch',
        state.enabled ? 'On: new calls are taken.' : state.enabled_by_settings ? 'Off: new calls are refused.' : 'Off by ENABLE_WS_PROXY: only a restart can switch it on.',
        state.enabled ? button('Switch off', () => operations.switchProxy(false, load)) : state.enabled_by_settings ? button('Switch on', () => operations.switchProxy(true, load)) : null,
      ),
      line(
        'Drain',
        draining.draining ? `Draining: ${count(draining.connections)} connections are left.` : `Not draining; ${count(draining.connections)} connections.`,
        draining.draining ? button('Take calls', () => operations.drain(false, load)) : button('Drain', () => operations.drain(true, load)),
      ),
      line(
        'Limits',
        `${count(limits.requests)} requests of one address in ${seconds} s, ${count(limits.connections_per_address)} connections of one address, ${count(limits.connections)} in all` +
          (limits.until ? `, until ${time(limits.until)}.` : '.'),
        limits.until ? button('Restore', () => operations.restoreLimits(load)) : null,
        button('Change', () => operations.limit(limits, load)),
      ),
      line('Files', 'Policy, prices, revocations and certificates are read again when they change.', button('Reload', () => operations.reload(load))),
    );
  };

  let asked = 0;
  const load = async () => {
    const mine = ++asked;
    try {
      const [state, limits, draining, blocked, revoked, acts] = await Promise.all([
        get('/api/v1/switch'),
        get('/api/v1/limits'),
        get('/api/v1/drain'),
        get('/api/v1/blocks', { limit: 1_000 }),
        get('/api/v1/revocations', { limit: 1_000 }),
        get('/api/v1/actions', { limit: 100 }),
      ]);
      if (mine !== asked) return;
      problem.hidden = true;
      drawSteer(state, limits, draining);
      blocks.show(blocked.items);
      revocations.show(revoked.items);
      done.show(acts.items);
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  };

  view.append(
    h('div', { class: 'view-head' }, h('h1', {}, 'Actions'), store.me.role === 'operator' ? null : h('p', { class: 'aside' }, 'You can look. Acting takes the role operator.')),
    h(
      'div',
      { class: 'page' },
      problem,
      part('Gateway', null, [], steer),
      part('Blocks', 'Users and addresses that are kept out for a time.', [operations.button('Block', () => operations.block('user', '', load)), operations.button('End calls of …', () => operations.endCalls('user', '', load))], blocks.element),
      part('Revocations', 'Tokens and users that are refused for good.', [operations.button('Revoke', () => operations.revoke(load))], revocations.element),
      part('What was done', 'The last hundred acts since the gateway started. The log keeps them all.', [], done.element),
    ),
  );
  load();
  // Another operator's act is an event of the security log, too.
  let seen = store.seen;
  const stop = on('security', () => {
    const news = store.security.slice(Math.max(0, store.security.length - (store.seen - seen)));
    seen = store.seen;
    if (news.some((event) => event.event === 'ADMIN_ACTION')) load();
  });
  return stop;
}
