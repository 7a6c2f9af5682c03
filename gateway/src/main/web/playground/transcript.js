// What both sides said, as it comes.

const SPEAKERS = { user: 'You', assistant: 'Donna', gateway: 'Gateway' };

export class Transcript {
  #list;
  #announcer;
  #entries = new Map();

  /**
   * @param announcer a live region: a screen reader hears finished sentences there, not each syllable
   */
  constructor(list, announcer) {
    this.#list = list;
    this.#announcer = announcer;
  }

  user(id, text, state) {
    const entry = this.#entry(id, 'user');
    entry.item.dataset.state = state;
    if (state === 'said') entry.words.textContent = text;
    else entry.words.append(text);
    entry.note.textContent =
      { speaking: 'listening', transcribing: entry.words.textContent ? '' : 'writing down', 'not transcribed': 'spoken; the model gave no transcript' }[
        state
      ] ?? '';
    this.#scroll();
  }

  assistant(id, delta) {
    this.#entry(id, 'assistant').words.append(delta);
    this.#scroll();
  }

  /** The answer is complete: say it to who cannot see it come. */
  finish(id) {
    const entry = this.#entries.get(id);
    if (entry) this.#announcer.textContent = `Donna: ${entry.words.textContent}`;
  }

  finishAll() {
    const last = [...this.#entries.values()].findLast(({ item }) => item.classList.contains('assistant'));
    if (last) this.#announcer.textContent = `Donna: ${last.words.textContent}`;
  }

  interrupted(id, milliseconds) {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.item.dataset.state = 'interrupted';
    entry.note.textContent = `interrupted after ${(milliseconds / 1000).toFixed(1)} s`;
  }

  /** Something about the conversation, said by nobody in it. */
  remark(text) {
    this.#entry(`remark-${this.#entries.size}`, 'gateway').words.textContent = text;
    this.#scroll();
  }

  call(name, given) {
    this.remark(`The model calls ${name}(${given}). The playground has no tools to answer with.`);
  }

  get isEmpty() {
    return this.#entries.size === 0;
  }

  #entry(id, speaker) {
    let entry = this.#entries.get(id);
    if (!entry) {
      const item = document.createElement('li');
      item.className = `entry ${speaker}`;
      const who = document.createElement('span');
      who.className = 'who';
      who.textContent = SPEAKERS[speaker];
      const words = document.createElement('p');
      const note = document.createElement('span');
      note.className = 'note';
      item.append(who, words, note);
      this.#list.append(item);
      entry = { item, words, note };
      this.#entries.set(id, entry);
    }
    return entry;
  }

  /** Follows what is said, unless the reader has scrolled up. */
  #scroll() {
    const box = this.#list.parentElement;
    if (box.scrollHeight - box.scrollTop - box.clientHeight < 160) box.scrollTop = box.scrollHeight;
  }
}
