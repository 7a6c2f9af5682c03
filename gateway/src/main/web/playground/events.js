// Every event of both directions, with its JSON.

/** Rows that are kept; a conversation of an hour has tens of thousands of events. */
const KEPT = 400;

/** Characters of a string that are shown; audio has sixteen thousand. */
const SHOWN = 200;

const AUDIO = ['input_audio_buffer.append', 'response.output_audio.delta'];

export class Events {
  #list;
  #empty;
  #count;
  #filter = '';
  #audio = false;
  #total = 0;
  #began = performance.now();
  #rows = [];

  constructor({ list, empty, count, filter, audio, clear }) {
    this.#list = list;
    this.#empty = empty;
    this.#count = count;
    filter.oninput = () => this.#refilter(filter.value.trim().toLowerCase(), this.#audio);
    audio.onchange = () => this.#refilter(this.#filter, audio.checked);
    clear.onclick = () => {
      this.#rows = [];
      this.#total = 0;
      this.#list.replaceChildren();
      this.#summarize();
    };
    this.#summarize();
  }

  /** @param direction 'sent' or 'received' */
  add(direction, event) {
    const row = document.createElement('details');
    row.className = direction;
    const head = document.createElement('summary');
    const time = ((performance.now() - this.#began) / 1000).toFixed(2);
    head.append(span('time', time), span('way', direction === 'sent' ? '↑' : '↓', direction), span('type', event.type));
    row.append(head);
    // Most rows are never opened.
    row.ontoggle = () => {
      if (row.childElementCount > 1) return;
      const json = document.createElement('pre');
      json.tabIndex = 0;
      json.textContent = JSON.stringify(event, shorten, 2);
      row.append(json);
    };
    this.#total++;
    const entry = { row, event };
    this.#rows.push(entry);
    row.hidden = !this.#matches(entry);
    const panel = this.#list.parentElement;
    const follow = panel.scrollHeight - panel.scrollTop - panel.clientHeight < 80;
    this.#list.append(row);
    if (follow) panel.scrollTop = panel.scrollHeight;
    if (this.#rows.length > KEPT) this.#rows.shift().row.remove();
    this.#summarize();
  }

  #matches({ event }) {
    if (AUDIO.includes(event.type) && !this.#audio) return false;
    return !this.#filter || event.type.includes(this.#filter) || JSON.stringify(event, shorten).toLowerCase().includes(this.#filter);
  }

  #refilter(filter, audio) {
    this.#filter = filter;
    this.#audio = audio;
    for (const entry of this.#rows) entry.row.hidden = !this.#matches(entry);
    this.#summarize();
  }

  #summarize() {
    const shown = this.#rows.filter(({ row }) => !row.hidden).length;
    this.#count.textContent = this.#total ? `${shown} of ${this.#total}` : '';
    this.#empty.hidden = shown > 0;
    this.#empty.textContent = this.#total ? 'No event matches the filter.' : 'Events appear here as they pass.';
  }
}

/** A token is never shown, whoever looks over the shoulder. */
function shorten(name, value) {
  if (name === 'token') return '…';
  return typeof value === 'string' && value.length > SHOWN
    ? `${value.slice(0, 40)}… (${value.length.toLocaleString('en')} characters)`
    : value;
}

function span(name, text, label) {
  const element = document.createElement('span');
  element.className = name;
  element.textContent = text;
  if (label) {
    element.setAttribute('role', 'img');
    element.setAttribute('aria-label', label);
  }
  return element;
}
