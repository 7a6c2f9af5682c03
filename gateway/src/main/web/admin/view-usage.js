// Who uses how much, and what is left of the budgets.
import { get } from './api.js';
import { h, write } from './dom.js';
import { count, percent, usd } from './format.js';

const AGAIN = 10_000;

function choice(label, values, chosen, change) {
  const buttons = values.map(([value, words]) =>
    h(
      'button',
      {
        type: 'button',
        'aria-pressed': String(value === chosen),
        onclick({ currentTarget }) {
          buttons.forEach((button) => button.setAttribute('aria-pressed', String(button === currentTarget)));
          change(value);
        },
      },
      words,
    ),
  );
  return h('div', { class: 'switch', role: 'group', 'aria-label': label }, buttons);
}

const share = (ratio, high = false) => {
  const bar = h('span', { class: high ? 'high' : null });
  bar.style.width = `${Math.min(100, 100 * ratio)}%`;
  return h('span', { class: 'bar', 'aria-hidden': 'true' }, bar);
};

export function usage(view) {
  let by = 'user';
  let window = 'hour';
  let asked = 0;
  const total = h('p', { class: 'big' });
  const under = h('p', { class: 'soft' });
  const budgets = h('ul', { class: 'meters' });
  const budgetsPart = h('section', { class: 'part', 'aria-label': 'Budgets' }, h('h2', {}, 'Budgets used'), budgets);
  const head = h('th', { scope: 'col' });
  const rows = h('tbody');
  const table = h(
    'table',
    { class: 'shares' },
    h('thead', {}, h('tr', {}, head, h('th', { scope: 'col', class: 'wide' }, h('span', { class: 'hidden' }, 'Share')), h('th', { scope: 'col', class: 'end' }, 'Tokens'), h('th', { scope: 'col', class: 'end' }, 'Cost'))),
    rows,
  );
  const empty = h('p', { class: 'empty', hidden: true }, 'Nothing used in this time.');
  const problem = h('p', { class: 'problem', role: 'alert', hidden: true });

  const load = async () => {
    const mine = ++asked;
    let answer;
    try {
      answer = await get('/api/v1/usage', { by, window });
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
      return;
    }
    if (mine !== asked) return; // another choice has been made meanwhile
    problem.hidden = true;
    const most = Math.max(...answer.items.map((item) => item.usd), 0);
    write(total, usd(answer.total.usd));
    write(under, `${count(answer.total.tokens)} tokens ${answer.window === 'start' ? 'since the gateway started' : `in this ${window}`}`);
    write(head, by[0].toUpperCase() + by.slice(1));
    rows.replaceChildren(
      ...answer.items.map((item) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, h('span', { class: 'ellipsis' }, item.name)),
          h('td', { class: 'wide' }, share(most > 0 ? item.usd / most : 0)),
          h('td', { class: 'end' }, count(item.tokens)),
          h('td', { class: 'end' }, usd(item.usd)),
        ),
      ),
    );
    empty.hidden = answer.items.length > 0;
    table.hidden = answer.items.length === 0;
    budgetsPart.hidden = answer.budgets.length === 0;
    budgets.replaceChildren(
      ...answer.budgets.map((item) =>
        h('li', {}, h('span', { class: 'ellipsis' }, item.tier), share(item.usedRatio, item.usedRatio >= 0.8), h('span', { class: 'value' }, percent(item.usedRatio))),
      ),
    );
  };

  view.append(
    h(
      'div',
      { class: 'view-head' },
      h('h1', {}, 'Usage'),
      h(
        'div',
        { class: 'tools' },
        choice('By', [['user', 'User'], ['tenant', 'Tenant'], ['tier', 'Tier'], ['model', 'Model']], by, (value) => {
          by = value;
          load();
        }),
        choice('In', [['hour', 'Hour'], ['day', 'Day'], ['month', 'Month']], window, (value) => {
          window = value;
          load();
        }),
      ),
    ),
    h(
      'div',
      { class: 'page two' },
      h('section', { class: 'part', 'aria-label': 'Usage' }, total, under, problem, table, empty),
      budgetsPart,
    ),
  );
  load();
  const timer = setInterval(load, AGAIN);
  return () => clearInterval(timer);
}
