// A call as a picture: who spoke when, what was waited for, where somebody cut in, what it cost.
// Times are milliseconds since the call began.
import { h, icon, s, write } from './dom.js';
import { duration, usd, wait } from './format.js';

const LANES = { ruler: 22, user: 34, wait: 30, assistant: 34, tools: 30, gateway: 30, cost: 54 };
const GAP = 8;
const BAR = 20;
const AHEAD = 0.06; // of the width, free behind this moment
const SPANS = [10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 900_000, 3_600_000];
const STEPS = [1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000];
const TICK_SPACE = 84;
const LONGEST_NAMES = 40;
const STILL = 3; // turns before the last that may still be growing

const TOP = {};
let below = LANES.ruler;
for (const name of ['user', 'wait', 'assistant', 'tools', 'gateway', 'cost']) {
  TOP[name] = below;
  below += LANES[name] + GAP;
}
const HEIGHT = below - GAP;
const BASE = TOP.cost + LANES.cost - 2;

/** When the first of an answer reached the caller. */
const answered = (turn) => turn.firstAudioMs ?? turn.firstOutputMs;

/** When the caller's own part was over, from which the wait counts. */
const asked = (turn) => turn.requestMs ?? turn.speechEndMs;

/** Where the sound that the caller heard ends, which may be after now. */
function heardUntil(turn) {
  if (turn.firstAudioMs === null) return null;
  const whole = turn.firstAudioMs + turn.audioMs;
  if (turn.interruptedMs === null) return whole;
  return Math.min(whole, turn.silentMs ?? turn.interruptedMs);
}

/** Names of tools are the application's own, of any length. */
const brief = (names) => (names.length <= LONGEST_NAMES ? names : `${names.slice(0, LONGEST_NAMES - 1)}…`);

export class Picture {
  #width = 0;
  #span = 60_000;
  #from = 0;
  #follows = true;
  #marks = new Map();
  #session = null;
  #turns = [];
  #frame = 0;
  #ticks = [];
  #now = () => 0;
  #calm = matchMedia('(prefers-reduced-motion: reduce)');
  #drawnAt = 0;

  /** @param now the time since the call began, or its length once it has ended */
  constructor(now) {
    this.#now = now;
    this.ruler = s('g', { class: 'ruler' });
    this.world = s('g', { class: 'world' });
    this.costLine = s('path', { class: 'cost-line' });
    this.costArea = s('path', { class: 'cost-area' });
    this.costNow = s('text', { class: 'cost-now', 'text-anchor': 'end', y: TOP.cost + 10 });
    this.nowLine = s('line', { class: 'now-line', y1: LANES.ruler - 4, y2: HEIGHT });
    this.begun = s('line', { class: 'edge', y1: LANES.ruler, y2: HEIGHT, x1: 0, x2: 0 });
    this.ending = s('line', { class: 'edge', y1: LANES.ruler, y2: HEIGHT });
    this.endWords = s('text', { class: 'mark-words', y: TOP.gateway + 19 });
    this.clip = s('rect', { x: 0, y: 0, height: HEIGHT });
    this.world.append(this.costArea, this.costLine, this.begun, this.ending, this.endWords);
    this.svg = s(
      'svg',
      { class: 'picture', height: HEIGHT, 'aria-hidden': 'true' },
      s(
        'defs',
        {},
        s('pattern', { id: 'unheard', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' }, s('line', { class: 'hatch', x1: 0, x2: 0, y1: 0, y2: 6 })),
      ),
      ['user', 'assistant', 'tools', 'gateway'].map((name) => s('line', { class: 'lane-line', x1: 0, x2: '100%', y1: TOP[name] + LANES[name] / 2, y2: TOP[name] + LANES[name] / 2 })),
      s('line', { class: 'lane-line', x1: 0, x2: '100%', y1: BASE, y2: BASE }),
      this.ruler,
      this.world,
      this.nowLine,
      this.costNow,
    );
    const labels = [
      ['user', 'User'],
      ['wait', 'Wait'],
      ['assistant', 'Assistant'],
      ['tools', 'Tools'],
      ['gateway', 'Gateway'],
      ['cost', 'Cost'],
    ].map(([name, label]) => {
      const element = h('span', { class: `lane-name lane-${name}` }, label);
      element.style.top = `${TOP[name]}px`;
      element.style.height = `${LANES[name]}px`;
      return element;
    });
    this.stage = h(
      'div',
      { class: 'stage', tabindex: '0', role: 'group', 'aria-label': 'The call over time. Arrow keys move, plus and minus zoom, End follows. The table below says the same in words.' },
      this.svg,
    );
    this.followButton = h('button', { type: 'button', class: 'quiet', 'aria-pressed': 'true', onclick: () => this.#follow() }, 'Follow');
    this.scale = h('span', { class: 'scale' });
    this.element = h(
      'div',
      { class: 'picture-frame' },
      h(
        'div',
        { class: 'picture-tools' },
        h('p', { class: 'legend', 'aria-hidden': 'true' }, [
          ['heard', 'heard'],
          ['made', 'arrived ahead'],
          ['unheard', 'not heard'],
          ['cut', 'cut in'],
          ['response', 'model at work'],
        ].map(([kind, label]) => h('span', { 'data-kind': kind }, label))),
        this.followButton,
        h('button', { type: 'button', class: 'quiet icon', 'aria-label': 'Show more time', onclick: () => this.#zoom(1) }, icon('minus')),
        this.scale,
        h('button', { type: 'button', class: 'quiet icon', 'aria-label': 'Show less time', onclick: () => this.#zoom(-1) }, icon('plus')),
      ),
      h('div', { class: 'picture-body' }, h('div', { class: 'lane-names', 'aria-hidden': 'true' }, labels), this.stage),
    );
    this.#listen();
    this.resizes = new ResizeObserver(([{ contentRect }]) => {
      if (this.#width === 0 && contentRect.width < 500) this.#span = 30_000;
      this.#width = contentRect.width;
      this.#layout();
    });
    this.resizes.observe(this.stage);
    const step = (at) => {
      this.#frame = requestAnimationFrame(step);
      if (this.#calm.matches && at - this.#drawnAt < 1_000) return;
      this.#drawnAt = at;
      this.#tick();
    };
    this.#frame = requestAnimationFrame(step);
  }

  #listen() {
    let dragged = null;
    this.stage.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      dragged = { x: event.clientX, from: this.#from };
      this.stage.setPointerCapture(event.pointerId);
    });
    this.stage.addEventListener('pointermove', ({ clientX }) => {
      if (dragged === null || Math.abs(clientX - dragged.x) < 3) return;
      this.#moveTo(dragged.from - (clientX - dragged.x) / this.#perMs);
    });
    const drop = () => (dragged = null);
    this.stage.addEventListener('pointerup', drop);
    this.stage.addEventListener('pointercancel', drop);
    this.stage.addEventListener(
      'wheel',
      (event) => {
        if (event.ctrlKey) {
          event.preventDefault();
          this.#zoom(Math.sign(event.deltaY));
        } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
          event.preventDefault();
          this.#moveTo(this.#from + event.deltaX / this.#perMs);
        }
      },
      { passive: false },
    );
    const keys = {
      ArrowLeft: () => this.#moveTo(this.#from - this.#span / 8),
      ArrowRight: () => this.#moveTo(this.#from + this.#span / 8),
      Home: () => this.#moveTo(-0.02 * this.#span),
      End: () => this.#follow(),
      '+': () => this.#zoom(-1),
      '=': () => this.#zoom(-1),
      '-': () => this.#zoom(1),
    };
    this.stage.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || !(event.key in keys)) return;
      event.preventDefault();
      keys[event.key]();
    });
  }

  get #perMs() {
    return this.#width / this.#span;
  }

  get #live() {
    return this.#session !== null && this.#session.end === null;
  }

  #follow() {
    this.#follows = true;
    this.followButton.setAttribute('aria-pressed', 'true');
  }

  #moveTo(from) {
    const last = Math.max(-0.02 * this.#span, this.#now() - this.#span * (1 - AHEAD));
    this.#from = Math.max(-0.02 * this.#span, Math.min(from, last));
    this.#follows = from >= last;
    this.followButton.setAttribute('aria-pressed', String(this.#follows));
  }

  /** Keeps the middle in place. */
  #zoom(step) {
    const at = SPANS.indexOf(this.#span);
    const span = SPANS[Math.max(0, Math.min(SPANS.length - 1, at + step))];
    const middle = this.#from + this.#span / 2;
    this.#span = span;
    if (!this.#follows) this.#moveTo(middle - span / 2);
    this.#layout();
  }

  show(session, turns) {
    this.#session = session;
    this.#turns = turns;
    this.#layout();
  }

  /** Puts everything in its place; done when something arrived, and not for each frame. */
  #layout() {
    if (this.#width === 0 || this.#session === null) return;
    const numbers = new Set(this.#turns.map((turn) => turn.number));
    for (const [number, mark] of this.#marks) {
      if (!numbers.has(number)) {
        mark.group.remove();
        this.#marks.delete(number);
      }
    }
    write(this.scale, duration(this.#span));
    this.#turns.forEach((turn, i) => this.#draw(turn, this.#turns[i + 1]));
    this.#drawCost();
    this.#drawEnd();
    this.#tick();
  }

  #tick() {
    if (this.#width === 0 || this.#session === null) return;
    const now = this.#now();
    if (this.#follows) this.#from = Math.max(-0.02 * this.#span, now - this.#span * (1 - AHEAD));
    const x = (ms) => (ms - this.#from) * this.#perMs;
    this.world.setAttribute('transform', `translate(${(-this.#from * this.#perMs).toFixed(2)} 0)`);
    this.nowLine.setAttribute('x1', x(now).toFixed(1));
    this.nowLine.setAttribute('x2', x(now).toFixed(1));
    this.nowLine.toggleAttribute('hidden', !this.#live);
    if (this.#live) {
      for (let i = Math.max(0, this.#turns.length - STILL); i < this.#turns.length; i++) {
        this.#draw(this.#turns[i], this.#turns[i + 1]);
      }
      this.#drawCost();
    }
    write(this.costNow, usd(this.#session.usd));
    this.costNow.setAttribute('x', Math.max(40, Math.min(this.#width - 4, x(now) - 6)).toFixed(1));
    this.#drawRuler();
  }

  #drawRuler() {
    const step = STEPS.find((one) => one * this.#perMs >= TICK_SPACE) ?? STEPS.at(-1);
    let used = 0;
    for (let t = Math.max(0, Math.ceil(this.#from / step) * step); t <= this.#from + this.#span; t += step) {
      const tick = (this.#ticks[used] ??= this.#newTick());
      used++;
      tick.group.removeAttribute('hidden');
      tick.group.setAttribute('transform', `translate(${((t - this.#from) * this.#perMs).toFixed(1)} 0)`);
      write(tick.words, duration(t));
    }
    for (let i = used; i < this.#ticks.length; i++) this.#ticks[i].group.setAttribute('hidden', '');
  }

  #newTick() {
    const words = s('text', { x: 4, y: 12 });
    const group = s('g', {}, s('line', { y1: 0, y2: HEIGHT }), words);
    this.ruler.append(group);
    return { group, words };
  }

  #mark(number) {
    const known = this.#marks.get(number);
    if (known !== undefined) return known;
    const bar = (kind, lane, height = BAR) => s('rect', { class: kind, y: TOP[lane] + (LANES[lane] - height) / 2, height, rx: 3, hidden: '' });
    const mark = {
      response: bar('response', 'gateway', 8),
      speech: bar('speech', 'user'),
      typed: s('path', { class: 'typed', hidden: '' }),
      waited: s('path', { class: 'waited', hidden: '' }),
      made: bar('made', 'assistant'),
      unheard: bar('unheard', 'assistant'),
      heard: bar('heard', 'assistant'),
      cut: s('line', { class: 'cut', y1: TOP.user + 2, y2: TOP.assistant + LANES.assistant - 2, hidden: '' }),
      waitWords: s('text', { class: 'wait-words', y: TOP.wait + 11, 'text-anchor': 'end' }),
      tool: bar('tool', 'tools'),
      toolWords: s('text', { class: 'tool-words', y: TOP.tools + 19 }),
      request: s('circle', { class: 'request', r: 3.5, cy: TOP.gateway + LANES.gateway / 2, hidden: '' }),
      fault: s('path', { class: 'fault', hidden: '' }),
      faultWords: s('text', { class: 'mark-words', y: TOP.gateway + 19 }),
    };
    mark.group = s('g', { 'data-turn': number }, Object.values(mark));
    this.world.append(mark.group);
    this.#marks.set(number, mark);
    return mark;
  }

  #draw(turn, next) {
    const mark = this.#mark(turn.number);
    const now = this.#now();
    const open = this.#live && next === undefined;
    const x = (ms) => ms * this.#perMs;
    const bar = (rect, from, to) => {
      const visible = from !== null && to !== null && to > from;
      rect.toggleAttribute('hidden', !visible);
      if (!visible) return;
      rect.setAttribute('x', x(from).toFixed(1));
      rect.setAttribute('width', Math.max(2, x(to - from)).toFixed(1));
    };

    bar(mark.speech, turn.speechStartMs, turn.speechEndMs ?? (open ? now : turn.requestMs ?? turn.startedMs));
    const point = turn.speechStartMs === null && turn.trigger !== 'tool' ? turn.requestMs : null;
    mark.typed.toggleAttribute('hidden', point === null);
    if (point !== null) {
      const middle = TOP.user + LANES.user / 2;
      mark.typed.setAttribute('d', `M${x(point).toFixed(1)} ${middle - 7}l7 7l-7 7l-7 -7Z`);
    }

    const from = turn.trigger === 'tool' ? null : asked(turn);
    const to = answered(turn) ?? (open && turn.endMs === null ? now : null);
    const waits = from !== null && to !== null && to > from;
    mark.waited.toggleAttribute('hidden', !waits);
    if (waits) {
      const y = TOP.wait + 19;
      mark.waited.setAttribute('d', `M${x(from).toFixed(1)} ${y - 4}v8m0 -4H${x(to).toFixed(1)}m0 -4v8`);
      mark.waitWords.setAttribute('x', x(to).toFixed(1));
    }
    const known = turn.waitMs ?? (waits ? to - from : null);
    const roomy = this.#perMs > 0.006; // 100 s in 600 pixels: words would lie over each other
    write(mark.waitWords, waits && roomy ? wait(turn.waitMs ?? to - from) : '');
    mark.waitWords.classList.toggle('long', known > 1_500);
    mark.waited.classList.toggle('long', known > 1_500);

    const heard = heardUntil(turn);
    const whole = turn.firstAudioMs === null ? null : turn.firstAudioMs + turn.audioMs;
    if (turn.firstAudioMs === null) {
      // Written: there is no sound to be ahead of.
      bar(mark.heard, turn.tools.length > 0 ? null : turn.firstOutputMs, turn.endMs ?? (open ? now : null));
      bar(mark.made, null, null);
      bar(mark.unheard, null, null);
    } else {
      const reached = this.#live ? Math.min(heard, now) : heard;
      bar(mark.heard, turn.firstAudioMs, reached);
      bar(mark.made, turn.interruptedMs === null ? reached : null, whole);
      bar(mark.unheard, turn.interruptedMs === null ? null : heard, whole);
    }
    mark.heard.classList.toggle('written', turn.firstAudioMs === null);

    mark.cut.toggleAttribute('hidden', turn.interruptedMs === null);
    if (turn.interruptedMs !== null) {
      mark.cut.setAttribute('x1', x(turn.interruptedMs).toFixed(1));
      mark.cut.setAttribute('x2', x(turn.interruptedMs).toFixed(1));
    }

    const calls = turn.tools.length > 0 ? turn.endMs ?? turn.firstOutputMs : null;
    const back = next?.trigger === 'tool' ? next.requestMs ?? next.startedMs : open ? now : null;
    bar(mark.tool, calls, back === null && calls !== null ? calls + 1 : back);
    this.#nameTools(mark, turn, roomy && calls !== null);

    bar(mark.response, turn.startedMs, turn.endMs ?? (open ? now : null));
    const requested = turn.trigger === 'request' || turn.trigger === 'commit' ? turn.requestMs : null;
    mark.request.toggleAttribute('hidden', requested === null);
    if (requested !== null) mark.request.setAttribute('cx', x(requested).toFixed(1));
    const bad = ['failed', 'incomplete', 'cut_off'].includes(turn.status) ? turn.endMs : null;
    mark.fault.toggleAttribute('hidden', bad === null);
    if (bad !== null) {
      const middle = TOP.gateway + LANES.gateway / 2;
      mark.fault.setAttribute('d', `M${(x(bad) - 5).toFixed(1)} ${middle - 5}l10 10m0 -10l-10 10`);
      mark.faultWords.setAttribute('x', (x(bad) + 9).toFixed(1));
    }
    write(mark.faultWords, bad !== null && roomy ? turn.status.replace('_', ' ') : '');
  }

  /** In the bar if they fit, else behind it, unless the next bar is in the way: never across an edge. */
  #nameTools(mark, turn, named) {
    const names = brief(turn.tools.join(', '));
    if (!named || names === '') {
      write(mark.toolWords, '');
      return;
    }
    write(mark.toolWords, names);
    if (mark.measured !== names) {
      mark.measured = names;
      mark.namesWidth = mark.toolWords.getComputedTextLength();
    }
    const start = Number(mark.tool.getAttribute('x'));
    const width = Number(mark.tool.getAttribute('width'));
    if (mark.namesWidth + 10 <= width) {
      mark.toolWords.setAttribute('x', (start + 5).toFixed(1));
      return;
    }
    const behind = start + width + 5;
    const next = this.#turns.find(({ number, tools }) => number > turn.number && tools.length > 0);
    const free = next === undefined ? Infinity : (next.endMs ?? next.firstOutputMs ?? Infinity) * this.#perMs;
    if (behind + mark.namesWidth + 5 > free) write(mark.toolWords, '');
    else mark.toolWords.setAttribute('x', behind.toFixed(1));
  }

  /** Steps up where a turn has been paid for. */
  #drawCost() {
    const shown = this.#turns.reduce((sum, turn) => sum + turn.usd, 0);
    let sum = Math.max(0, this.#session.usd - shown); // of turns that are no longer listed
    const most = Math.max(this.#session.usd, 1e-9);
    const y = (value) => (BASE - (value / most) * (LANES.cost - 16)).toFixed(1);
    const x = (ms) => (ms * this.#perMs).toFixed(1);
    const first = this.#turns[0]?.endMs ?? 0;
    let line = `M${x(sum > 0 ? Math.min(first, this.#turns[0]?.startedMs ?? first) : 0)} ${y(sum)}`;
    for (const turn of this.#turns) {
      if (turn.endMs === null || turn.usd === 0) continue;
      sum += turn.usd;
      line += `H${x(turn.endMs)}V${y(sum)}`;
    }
    line += `H${x(this.#now())}`;
    this.costLine.setAttribute('d', line);
    const start = line.slice(1, line.indexOf(' '));
    this.costArea.setAttribute('d', `${line}V${BASE}H${start}Z`);
  }

  #drawEnd() {
    const { end } = this.#session;
    this.ending.toggleAttribute('hidden', end === null);
    if (end === null) return;
    const x = this.#now() * this.#perMs;
    this.ending.setAttribute('x1', x.toFixed(1));
    this.ending.setAttribute('x2', x.toFixed(1));
    this.endWords.setAttribute('text-anchor', 'end');
    this.endWords.setAttribute('x', (x - 6).toFixed(1));
    write(this.endWords, `closed with ${end.code}`);
  }

  close() {
    cancelAnimationFrame(this.#frame);
    this.resizes.disconnect();
  }
}
