// The gateway at this moment, and how it came to it.
import { Chart } from './charts.js';
import { h, write } from './dom.js';
import { bytes, count, duration, name, percent, span, time, usd, wait } from './format.js';
import { callsIn, gatewayTime, isShared, on, replicas, store } from './store.js';
import { isWorrying, detailsOf } from './view-security.js';

const NEWEST = 7;

/** A figure with its line; under the pointer, the figure is that moment's. */
function panel({ title, area, lines, series, format, floor, figures, words }) {
  const numbers = figures.map((figure) => h('span', { class: figure.small ? 'small-figure' : 'figure' }));
  const note = h('small', { class: 'aside' });
  const chart = new Chart({
    label: `${title} over the last 15 minutes`,
    series,
    format,
    floor,
    hover(index) {
      at = index;
      draw();
    },
  });
  let at = null;
  const value = (line) => {
    const values = store.history[line];
    return at === null ? values.at(-1) : values[at];
  };
  const draw = () => {
    figures.forEach((figure, i) => write(numbers[i], figure.show(value(figure.line))));
    const past = at === null ? undefined : store.history.time[at];
    write(note, past === undefined ? (words?.() ?? '') : `at ${time(past * 1_000)}`);
  };
  return {
    element: h(
      'section',
      { class: `panel ${area}`, 'aria-label': title },
      h('div', { class: 'panel-head' }, h('h2', {}, title), note),
      h('p', { class: 'figures' }, figures.map((figure, i) => (figure.label ? h('span', { class: 'labelled', 'data-series': figure.series }, h('small', {}, figure.label), numbers[i]) : numbers[i]))),
      chart.element,
    ),
    update() {
      chart.show(
        [store.history.time, ...lines.map((line) => store.history[line])],
        figures.map((figure) => `${figure.label ?? 'now'} ${figure.show(store.history[figure.line].at(-1))}`).join(', '),
      );
      draw();
    },
    close: () => chart.close(),
  };
}

const short = (n) => (n >= 1_000 ? `${n / 1_000}k` : String(n));

function meter(label) {
  const bar = h('span');
  const value = h('span', { class: 'value' });
  return {
    element: h('li', {}, h('span', {}, label), h('span', { class: 'bar', 'aria-hidden': 'true' }, bar), value),
    show(ratio, words) {
      bar.style.width = `${Math.min(100, 100 * ratio)}%`;
      bar.classList.toggle('high', ratio >= 0.8);
      write(value, words);
    },
  };
}

export function now(view) {
  const states = () => {
    if (store.now === null) return '';
    const live = callsIn('live');
    const waiting = callsIn('authenticating') + callsIn('ready') + callsIn('connecting');
    if (live + waiting === 0) return 'nobody is calling';
    return waiting === 0 ? `${count(live)} speaking with a model` : `${count(live)} with a model, ${count(waiting)} on the way`;
  };
  const panels = [
    panel({
      title: 'Live calls',
      area: 'p-calls',
      lines: ['calls'],
      series: [{ colour: '--accent', fill: '--glow' }],
      format: short,
      floor: 5,
      figures: [{ line: 'calls', show: count }],
      words: states,
    }),
    panel({
      title: 'Wait for the answer',
      area: 'p-wait',
      lines: ['p95', 'p50'],
      series: [{ colour: '--soft', dash: [3, 3], width: 1.25 }, { colour: '--user', fill: '--user-glow' }],
      format: (ms) => (ms === 0 ? '0' : `${ms / 1_000} s`),
      floor: 1_000,
      figures: [
        { line: 'p50', show: wait, label: 'half within', series: 'p50' },
        { line: 'p95', show: wait, label: '95 % within', series: 'p95', small: true },
      ],
      words: () => {
        const turns = replicas().reduce((all, one) => all + (one.wait?.turns ?? 0), 0);
        if (turns === 0) return 'no turn yet';
        return `of ${count(turns)} turns${replicas().length > 1 ? ', on the slowest replica' : ''}`;
      },
    }),
    panel({
      title: 'Cost a minute',
      area: 'p-cost',
      lines: ['usd'],
      series: [{ colour: '--tool', fill: '--tool-glow' }],
      format: (n) => (n === 0 ? '0' : `$${n}`),
      floor: 0.01,
      figures: [{ line: 'usd', show: usd }],
    }),
    panel({
      title: 'Refusals a minute',
      area: 'p-refusals',
      lines: ['refusals'],
      series: [{ colour: '--accent', fill: '--glow' }],
      format: short,
      floor: 5,
      figures: [{ line: 'refusals', show: count }],
    }),
    panel({
      title: 'Event-loop lag',
      area: 'p-loops',
      lines: ['lag'],
      series: [{ colour: '--user', fill: '--user-glow' }],
      format: (ms) => (ms === 0 ? '0' : `${ms} ms`),
      floor: 5,
      figures: [{ line: 'lag', show: (ms) => (ms === null || ms === undefined ? '–' : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`) }],
    }),
  ];

  const others = h('ul', { class: 'plain-list' });
  const replicasHead = h('small', { class: 'aside' });
  const replicaPanel = h(
    'section',
    { class: 'panel p-list', 'aria-label': 'Replicas', hidden: true },
    h('div', { class: 'panel-head' }, h('h2', {}, 'Replicas'), replicasHead),
    others,
  );
  const alerts = h('section', { class: 'alerts', 'aria-label': 'Alerts' });
  const upstreams = h('ul', { class: 'plain-list', 'aria-label': 'Upstreams' });
  const descriptors = meter('Descriptors');
  const memory = h('span', { class: 'value' });
  const uptime = h('span', { class: 'value' });
  const version = h('small', { class: 'aside' });
  const newest = h('ol', { class: 'plain-list' });
  const events = h('ol', { class: 'plain-list events-list' });

  view.append(
    h('h1', { class: 'hidden' }, 'Now'),
    alerts,
    h(
      'div',
      { class: 'panels' },
      panels.map((one) => one.element),
      h(
        'section',
        { class: 'panel p-list', 'aria-label': 'Gateway' },
        h('div', { class: 'panel-head' }, h('h2', {}, 'Gateway'), version),
        upstreams,
        h(
          'ul',
          { class: 'plain-list' },
          descriptors.element,
          h('li', {}, h('span', {}, 'Held for slow readers'), memory),
          h('li', {}, h('span', {}, 'Up for'), uptime),
        ),
      ),
      replicaPanel,
      h(
        'section',
        { class: 'panel p-list', 'aria-label': 'Newest calls' },
        h('div', { class: 'panel-head' }, h('h2', {}, 'Newest calls'), h('a', { class: 'more', href: '#/calls' }, 'All')),
        newest,
      ),
      h(
        'section',
        { class: 'panel p-list', 'aria-label': 'Latest security events' },
        h('div', { class: 'panel-head' }, h('h2', {}, 'Security'), h('a', { class: 'more', href: '#/security' }, 'All')),
        events,
      ),
    ),
  );

  const drawNow = () => {
    panels.forEach((one) => one.update());
    const { now } = store;
    if (now === null) return;
    write(version, `${now.replica === null ? '' : `${now.replica}, `}version ${now.version}`);
    drawReplicas(now);
    write(memory, bytes(now.heldBytes));
    write(uptime, span(now.uptimeSeconds));
    const { open, limit } = now.descriptors;
    descriptors.show(limit > 0 ? open / limit : 0, `${count(open)} of ${count(limit)}`);
    upstreams.replaceChildren(
      ...now.upstreams.map((one) =>
        h('li', {}, h('span', { class: 'ellipsis' }, one.name), h('span', { class: `mark-state ${one.up ? 'good' : 'bad'}` }, one.up ? 'up' : 'down')),
      ),
    );
  };

  const drawReplicas = (now) => {
    replicaPanel.hidden = !isShared();
    replicaPanel.parentElement.classList.toggle('has-replicas', isShared());
    write(replicasHead, now.unheard === 0 ? '' : `${count(now.unheard)} not heard`);
    others.replaceChildren(
      ...replicas().map((one) =>
        h(
          'li',
          { title: `version ${one.version}, up for ${span(one.uptimeSeconds)}, event loops ${one.loopLagMs.toFixed(1)} ms late` },
          h('span', { class: 'ellipsis' }, one.replica),
          h('span', { class: 'soft' }, `${count(one.sessions.live)} live`),
          h(
            'span',
            { class: `mark-state ${one.draining || !one.switchedOn ? 'bad' : 'good'}` },
            one.draining ? 'draining' : one.switchedOn ? 'serving' : 'switched off',
          ),
        ),
      ),
    );
  };

  const drawCalls = () => {
    const latest = [...store.calls.values()].sort((a, b) => (a.begun < b.begun ? 1 : -1)).slice(0, NEWEST);
    if (latest.length === 0) {
      newest.replaceChildren(h('li', { class: 'none' }, 'No call at the moment.'));
      return;
    }
    newest.replaceChildren(
      ...latest.map((one) =>
        h(
          'li',
          {},
          h('a', { class: 'ellipsis', href: `#/calls/${encodeURIComponent(one.id)}` }, name(one.user, 'Anonymous')),
          h('span', { class: 'soft ellipsis' }, name(one.model, one.state)),
          h('span', { class: 'value' }, duration(gatewayTime() - Date.parse(one.begun))),
        ),
      ),
    );
  };

  const drawEvents = () => {
    const latest = store.security.slice(-NEWEST).reverse();
    if (latest.length === 0) {
      events.replaceChildren(h('li', { class: 'none' }, 'Nothing since this page was opened.'));
      return;
    }
    events.replaceChildren(
      ...latest.map((one) =>
        h(
          'li',
          { title: detailsOf(one) },
          h('span', { class: 'soft' }, time(one.timestamp)),
          h('span', { class: `ellipsis event-name ${isWorrying(one.event) ? 'worry' : ''}` }, one.event),
        ),
      ),
    );
  };

  const drawAlerts = () => {
    // Null until the gateway has said: nothing is claimed before.
    if (store.alerts === null) return;
    alerts.replaceChildren(
      store.alerts.length === 0
        ? h('p', { class: 'mark-state' }, 'No alert is active.')
        : h(
            'ul',
            {},
            store.alerts.map((one) =>
              h('li', {}, h('span', { class: 'alert-message' }, one.message), h('small', {}, h('span', { class: 'event-name' }, one.alert), ` since ${time(one.since)}`)),
            ),
          ),
    );
  };

  const draw = () => {
    drawNow();
    drawCalls();
    drawEvents();
    drawAlerts();
  };
  draw();
  const stops = [on('now', drawNow), on('now', drawCalls), on('security', drawEvents), on('alerts', drawAlerts), on('calls', drawCalls)];
  return () => {
    stops.forEach((stop) => stop());
    panels.forEach((one) => one.close());
  };
}
