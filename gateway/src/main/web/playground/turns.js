// How long the user waited in each turn, and what the turns used.

const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
const dollars = (amount) => `$${amount.toFixed(4)}`;

/** Kinds of tokens as a bill lists them: a name, where the count is, and its rate. */
const KINDS = [
  ['Text in', (u) => fresh(u, 'text'), (r) => r.text?.input],
  ['Text in, cached', (u) => cached(u, 'text'), (r) => r.text?.cached],
  ['Audio in', (u) => fresh(u, 'audio'), (r) => r.audio?.input],
  ['Audio in, cached', (u) => cached(u, 'audio'), (r) => r.audio?.cached],
  ['Text out', (u) => u.output_token_details?.text_tokens ?? 0, (r) => r.text?.output],
  ['Audio out', (u) => u.output_token_details?.audio_tokens ?? 0, (r) => r.audio?.output],
];

const cached = (usage, kind) =>
  usage.input_token_details?.cached_tokens_details?.[`${kind}_tokens`] ?? 0;
const fresh = (usage, kind) =>
  (usage.input_token_details?.[`${kind}_tokens`] ?? 0) - cached(usage, kind);

export class Turns {
  #elements;
  #prices;
  #turns = new Map();

  constructor(elements, prices) {
    this.#elements = elements;
    this.#prices = prices;
    this.#show();
  }

  update(turn) {
    this.#turns.set(turn.id, turn);
    this.#show();
  }

  /** The gateway's price of a model, also of one of its snapshots. */
  #rates(model = '') {
    const { models } = this.#prices;
    return models[model] ?? models[model.replace(/-\d{4}-\d{2}-\d{2}$/, '')];
  }

  #show() {
    const turns = [...this.#turns.values()];
    const { empty, filled } = this.#elements;
    empty.hidden = turns.length > 0;
    filled.hidden = turns.length === 0;
    if (turns.length > 0) {
      this.#showWaits(turns);
      this.#showUsage(turns.filter((turn) => turn.usage));
    }
  }

  #showWaits(turns) {
    const waits = turns.map((turn) => turn.wait).filter((wait) => wait !== undefined);
    const { last, median, list } = this.#elements;
    last.textContent = waits.length ? seconds(waits.at(-1)) : '–';
    const sorted = waits.toSorted((a, b) => a - b);
    median.textContent =
      waits.length > 1 ? `median ${seconds(sorted[Math.floor(sorted.length / 2)])} of ${waits.length} turns` : '';
    const longest = Math.max(...waits, 1);
    list.replaceChildren(
      ...turns.map((turn, i) => {
        const row = document.createElement('li');
        const name = cell('name', `${i + 1}`);
        const bar = cell('bar', '');
        const fill = document.createElement('span');
        fill.style.inlineSize = `${(100 * (turn.wait ?? 0)) / longest}%`;
        bar.append(fill);
        const how = turn.status === 'completed' || turn.status === 'in progress' ? turn.trigger : `${turn.trigger}, ${turn.status}`;
        row.append(name, cell('how', how), bar, cell('wait', turn.wait === undefined ? '–' : seconds(turn.wait)));
        return row;
      }),
    );
  }

  #showUsage(turns) {
    const { rows, total, note } = this.#elements;
    const counts = KINDS.map(([name, count, rate]) => {
      let tokens = 0;
      let cost = 0;
      for (const { usage, model } of turns) {
        const rates = this.#rates(model);
        tokens += count(usage);
        cost += rates ? (count(usage) * rate(rates)) / 1e6 : NaN;
      }
      return { name, tokens, cost };
    }).filter(({ tokens }) => tokens > 0);
    rows.replaceChildren(
      ...counts.map(({ name, tokens, cost }) => {
        const row = document.createElement('tr');
        const head = document.createElement('th');
        head.scope = 'row';
        head.textContent = name;
        row.append(head, data(tokens.toLocaleString('en')), data(Number.isNaN(cost) ? '' : `$${cost.toFixed(5)}`));
        return row;
      }),
    );
    const sum = counts.reduce((whole, { cost }) => whole + cost, 0);
    const known = turns.length > 0 && !Number.isNaN(sum);
    total.textContent = known ? dollars(sum) : '–';
    const model = turns.at(-1)?.model ?? '';
    note.textContent = known
      ? `By the gateway's prices of ${this.#prices.as_of} for ${model}. Transcribing your speech is billed apart.`
      : `The gateway lists no price of ${model || 'this model'}.`;
  }
}

function cell(name, text) {
  const span = document.createElement('span');
  span.className = name;
  span.textContent = text;
  return span;
}

function data(text) {
  const td = document.createElement('td');
  td.textContent = text;
  return td;
}
