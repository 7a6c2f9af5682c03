// One call: its picture, its figures, its turns in words.
import { get, segment } from './api.js';
import { h, icon, write } from './dom.js';
import { compact, count, duration, endWords, isolated, name, time, usd, wait } from './format.js';
import * as operations from './operations.js';
import { Picture } from './picture.js';
import { gatewayTime } from './store.js';
import { Stream } from './stream.js';

const TRIGGERS = {
  server_vad: 'spoke',
  commit: 'spoke, by hand',
  text: 'typed',
  tool: 'tool answered',
  request: 'asked by the app',
};

const STATUS = { completed: 'completed', cancelled: 'interrupted', incomplete: 'incomplete', failed: 'failed', cut_off: 'cut off', other: '' };

const seconds = (ms) => (ms === null || ms === 0 ? '–' : `${(ms / 1_000).toFixed(1)} s`);

/** The columns of the table that says in words what the picture shows. */
const COLUMNS = [
  { label: 'Turn', read: (turn) => String(turn.number) },
  { label: 'At', read: (turn) => duration(turn.speechStartMs ?? turn.requestMs ?? turn.startedMs ?? 0) },
  { label: 'By', read: (turn) => TRIGGERS[turn.trigger] ?? turn.trigger },
  { label: 'Speech', end: true, wide: true, read: (turn) => seconds(turn.speechEndMs === null || turn.speechStartMs === null ? null : turn.speechEndMs - turn.speechStartMs) },
  { label: 'Wait', end: true, read: (turn) => wait(turn.waitMs) },
  { label: 'Answer', end: true, wide: true, read: (turn) => (turn.firstAudioMs === null && turn.firstOutputMs !== null && turn.tools.length === 0 ? 'text' : seconds(turn.audioMs)) },
  {
    label: 'Cut in after',
    end: true,
    wide: true,
    read: (turn) => (turn.interruptedMs === null || turn.firstAudioMs === null ? '–' : seconds(Math.max(1, turn.interruptedMs - turn.firstAudioMs))),
  },
  { label: 'Tools', wide: true, read: (turn) => turn.tools.join(', ') || '–' },
  { label: 'Tokens', end: true, wide: true, read: (turn) => `${count(turn.inputTokens)} in, ${count(turn.outputTokens)} out` },
  { label: 'Cost', end: true, read: (turn) => usd(turn.usd) },
  { label: 'Outcome', wide: true, read: (turn) => (turn.endMs === null ? 'going on' : STATUS[turn.status] ?? turn.status ?? '–') },
];

export function call(view, id) {
  let session = null;
  let stream = null;
  let closed = false;
  const length = () =>
    session === null ? 0 : (session.end ? Date.parse(session.end.time) : gatewayTime()) - Date.parse(session.begun);

  const title = h('h1', {}, 'Call');
  const state = h('span', { class: 'pill' });
  const facts = h('p', { class: 'facts-line' });
  const buttons = h('div', { class: 'buttons' });
  const ending = h('p', { class: 'ending', role: 'status', hidden: true });
  const figures = {};
  const strip = h(
    'dl',
    { class: 'strip-figures' },
    [
      ['length', 'Length'],
      ['turns', 'Turns'],
      ['interruptions', 'Cut in'],
      ['wait', 'Last wait'],
      ['tokens', 'Tokens in, out'],
      ['usd', 'Cost'],
    ].map(([key, label]) => h('div', {}, h('dt', {}, label), (figures[key] = h('dd', {}, '–')))),
  );
  const picture = new Picture(length);
  const rows = h('tbody');
  const table = h(
    'table',
    { class: 'turns' },
    h('caption', { class: 'hidden' }, 'The turns of this call, the latest first'),
    h('thead', {}, h('tr', {}, COLUMNS.map((column) => h('th', { scope: 'col', class: [column.wide ? 'wide' : '', column.end ? 'end' : ''].join(' ').trim() || null }, column.label)))),
    rows,
  );
  const none = h('p', { class: 'empty' }, 'Nobody has spoken yet.');
  const problem = h('p', { class: 'empty', role: 'alert', hidden: true });
  const content = h('div', { class: 'call-content', hidden: true }, ending, strip, picture.element, h('section', { class: 'part', 'aria-label': 'Turns' }, h('h2', {}, 'Turns'), table, none));

  view.append(
    h('div', { class: 'view-head call-head' }, h('a', { class: 'quiet icon', href: '#/calls', 'aria-label': 'All calls' }, icon('back')), h('div', { class: 'who' }, h('div', {}, title, state), facts), buttons),
    problem,
    content,
  );

  let acting = null;
  const drawButtons = () => {
    const wanted = session.end === null;
    if (acting === wanted) return;
    acting = wanted;
    buttons.replaceChildren(
      ...[
        h('a', { class: 'act', href: `#/security?session=${encodeURIComponent(id)}` }, 'Its events'),
        session.user === null ? null : operations.button('Block user', () => operations.block('user', session.user)),
        wanted ? operations.button('End call', () => operations.endCall(session), { class: 'act danger' }) : null,
      ].filter((button) => button !== null),
    );
  };

  const drawTable = (turns) => {
    table.hidden = turns.length === 0;
    none.hidden = turns.length > 0;
    while (rows.children.length > turns.length) rows.lastChild.remove();
    while (rows.children.length < turns.length) {
      rows.append(h('tr', {}, COLUMNS.map((column, i) => h(i === 0 ? 'th' : 'td', { scope: i === 0 ? 'row' : null, class: [column.wide ? 'wide' : '', column.end ? 'end' : ''].join(' ').trim() || null }))));
    }
    turns.toReversed().forEach((turn, i) => COLUMNS.forEach((column, j) => write(rows.children[i].children[j], column.read(turn))));
  };

  const drawLength = () => write(figures.length, duration(length()));

  const draw = (now, turns) => {
    session = now;
    content.hidden = false;
    write(title, name(session.user, 'Anonymous'));
    write(state, session.state);
    state.dataset.state = session.state;
    const words = [session.model, session.tier, session.tenant, session.endpoint, session.address, session.upstream && `by ${session.upstream}`, session.replica && `on ${session.replica}`, `since ${time(session.begun)}`];
    write(facts, words.filter(Boolean).map(isolated).join(' · '));
    drawButtons();
    ending.hidden = session.end === null;
    if (session.end !== null) {
      const words = endWords(session.end);
      write(ending, `Ended ${session.end.by === 'client' ? 'by the client ' : ''}at ${time(session.end.time)} with ${session.end.code}${words ? `: ${words}` : '.'}`);
    }
    drawLength();
    write(figures.turns, count(session.turns));
    write(figures.interruptions, count(session.interruptions));
    write(figures.wait, wait(session.lastWaitMs));
    write(figures.tokens, `${compact(session.inputTokens)}, ${compact(session.outputTokens)}`);
    write(figures.usd, usd(session.usd));
    picture.show(session, turns);
    drawTable(turns);
    if (session.end !== null) {
      stream?.close();
      stream = null;
    }
  };

  get(`/api/v1/sessions/${segment(id)}`).then(
    (answer) => {
      if (closed) return;
      draw(answer.session, answer.turns);
      if (session.end !== null) return;
      stream = new Stream(`/api/v1/sessions/${segment(id)}/events`, { call: (event) => draw(event.session, event.turns) });
    },
    (error) => {
      problem.textContent = error.status === 404 ? 'This call is not known: only the last 1,000 that ended are kept.' : error.message;
      problem.hidden = false;
    },
  );
  const timer = setInterval(drawLength, 1_000);
  return () => {
    closed = true;
    clearInterval(timer);
    stream?.close();
    picture.close();
  };
}
