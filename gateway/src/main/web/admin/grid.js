// A table of any length of which only the visible rows exist. A row's element stays with its item,
// so focus, selection and the pointer stay where they are while the order changes around them.
import { h, write } from './dom.js';

const BEYOND = 6; // rows kept ready above and below the visible ones

export class Grid {
  #items = [];
  #rows = new Map();
  #spare = [];
  #drawing = 0;
  #rowHeight = 0;
  #active = null;

  /**
   * @param columns `{name, label, wide?, end?, sort?, cell: (item, cell) => …}`: `cell` writes the
   *     item into its element; `make` makes that element's content, once; `wide` columns are left
   *     out on a phone
   * @param key an item's own id
   * @param open what Enter or a click on an item does
   */
  constructor({ label, columns, key, sort, onSort, empty, open }) {
    this.columns = columns;
    this.key = key;
    this.open = open;
    this.sort = sort;
    this.onSort = onSort;
    this.head = h('div', { role: 'row', class: 'grid-head' });
    this.body = h('div', { role: 'rowgroup', class: 'grid-body' });
    this.scroller = h(
      'div',
      { class: 'grid-scroll', tabindex: '0', role: 'table', 'aria-label': label },
      h('div', { role: 'rowgroup', class: 'grid-top' }, this.head),
      this.body,
    );
    this.empty = h('p', { class: 'empty', hidden: true }, empty);
    this.element = h('div', { class: 'grid' }, this.scroller, this.empty);
    this.#drawHead();
    this.scroller.addEventListener('scroll', () => this.#later(), { passive: true });
    this.scroller.addEventListener('keydown', (event) => this.#onKey(event));
    this.resizes = new ResizeObserver(() => {
      this.#rowHeight = 0;
      this.#later();
    });
    this.resizes.observe(this.scroller);
  }

  #drawHead() {
    this.head.replaceChildren(
      ...this.columns.map((column) => {
        const sorted = this.sort?.name === column.name;
        const order = sorted ? (this.sort.descending ? 'descending' : 'ascending') : column.sort ? 'none' : null;
        return h(
          'div',
          { role: 'columnheader', class: classes(column), 'aria-sort': order },
          column.sort
            ? h('button', { type: 'button', onclick: () => this.#sortBy(column) }, column.label)
            : h('span', { class: column.label === '' ? null : 'plain' }, column.label || h('span', { class: 'hidden' }, column.title)),
        );
      }),
    );
  }

  #sortBy(column) {
    const same = this.sort.name === column.name;
    this.sort = { name: column.name, descending: same ? !this.sort.descending : column.sort === 'descending' };
    const index = this.columns.indexOf(column);
    this.#drawHead();
    this.head.children[index].querySelector('button').focus();
    this.onSort(this.sort);
  }

  /**
   * Shows these items in this order.
   *
   * @param anchored keeps what is read in place when items come before it
   */
  show(items, anchored = false) {
    const top = anchored && this.scroller.scrollTop > 0 ? this.#items[this.#first()] : undefined;
    const before = this.#first();
    this.#items = items;
    this.scroller.setAttribute('aria-rowcount', String(items.length + 1));
    this.empty.hidden = items.length > 0;
    this.#measure();
    this.body.style.height = `${items.length * this.#rowHeight}px`;
    if (top !== undefined) {
      const id = this.key(top);
      const index = items.findIndex((item) => this.key(item) === id);
      if (index >= 0 && index !== before) this.scroller.scrollTop += (index - before) * this.#rowHeight;
    }
    this.#later();
  }

  #first() {
    return this.#rowHeight === 0 ? 0 : Math.floor(this.scroller.scrollTop / this.#rowHeight);
  }

  #measure() {
    if (this.#rowHeight > 0) return;
    this.#rowHeight = parseFloat(getComputedStyle(this.scroller).getPropertyValue('--row')) || 36;
    this.height = this.scroller.clientHeight;
    this.body.style.height = `${this.#items.length * this.#rowHeight}px`;
  }

  #later() {
    this.#drawing ||= requestAnimationFrame(() => {
      this.#drawing = 0;
      this.draw();
    });
  }

  draw() {
    this.#measure();
    const first = Math.max(0, this.#first() - BEYOND);
    const last = Math.min(this.#items.length, this.#first() + Math.ceil(this.height / this.#rowHeight) + BEYOND);
    const wanted = new Set();
    for (let i = first; i < last; i++) wanted.add(this.key(this.#items[i]));
    for (const [id, row] of this.#rows) {
      if (!wanted.has(id)) {
        this.#rows.delete(id);
        if (row.element.contains(document.activeElement)) this.scroller.focus({ preventScroll: true });
        row.element.hidden = true;
        this.#spare.push(row);
      }
    }
    for (let i = first; i < last; i++) this.#place(this.#items[i], i);
  }

  #place(item, index) {
    const id = this.key(item);
    let row = this.#rows.get(id);
    if (row === undefined) {
      row = this.#spare.pop() ?? this.#make();
      row.element.hidden = false;
      this.#rows.set(id, row);
    }
    row.item = item;
    if (row.index !== index) {
      row.index = index;
      row.element.style.transform = `translateY(${index * this.#rowHeight}px)`;
      row.element.setAttribute('aria-rowindex', String(index + 2));
    }
    for (let i = 0; i < row.cells.length; i++) this.columns[i].cell(item, row.cells[i], row);
  }

  #make() {
    const row = { index: -1, item: null };
    row.cells = this.columns.map((column) => h('div', { role: 'cell', class: classes(column) }));
    row.element = h('div', { role: 'row', class: 'grid-row' }, row.cells);
    this.columns.forEach((column, i) => column.make?.(row.cells[i], row));
    if (this.open) {
      row.element.addEventListener('click', ({ target }) => {
        if (!target.closest('a, button') && getSelection().isCollapsed) this.open(row.item);
      });
    }
    this.body.append(row.element);
    return row;
  }

  /** Arrows move among the rows, Enter opens the one they have reached. */
  #onKey(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && this.#items.length > 0 && this.open) {
      event.preventDefault();
      const at = this.#items.findIndex((item) => this.key(item) === this.#active);
      const to = Math.min(this.#items.length - 1, Math.max(0, at < 0 ? this.#first() : at + steps[event.key]));
      this.#activate(to);
    } else if (event.key === 'Enter' && event.target === this.scroller && this.#active !== null) {
      const item = this.#items.find((one) => this.key(one) === this.#active);
      if (item !== undefined) this.open(item);
    }
  }

  #activate(index) {
    this.#active = this.key(this.#items[index]);
    const top = index * this.#rowHeight;
    const page = this.height - 2 * this.#rowHeight;
    const { scrollTop } = this.scroller;
    if (top < scrollTop) this.scroller.scrollTop = top;
    else if (top > scrollTop + page) this.scroller.scrollTop = top - page;
    this.draw();
    const row = this.#rows.get(this.#active);
    (row?.element.querySelector('a, button') ?? this.scroller).focus({ preventScroll: true });
  }

  close() {
    this.resizes.disconnect();
    cancelAnimationFrame(this.#drawing);
  }
}

const classes = (column) =>
  [`c-${column.name}`, column.wide ? 'wide' : '', column.end ? 'end' : ''].filter((name) => name !== '').join(' ');

/** A column of text. */
export const text = (name, label, read, more = {}) => ({
  name,
  label,
  cell: (item, cell) => write(cell, read(item)),
  ...more,
});
