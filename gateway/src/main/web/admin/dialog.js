// Questions that are answered before something is done.
import { h } from './dom.js';

let toastTimer = 0;

/** A short message that goes away by itself; screen readers say it. */
export function toast(text) {
  const element = document.getElementById('toast');
  element.textContent = text;
  element.dataset.shown = 'true';
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (element.dataset.shown = 'false'), 5_000);
}

function control({ type = 'text', name, options, value, required, longest, hint }) {
  const common = { name, id: `field-${name}`, required: required ?? false, 'aria-describedby': hint ? `hint-${name}` : null };
  if (options) {
    return h('select', common, options.map(([key, label]) => h('option', { value: key, selected: key === value }, label)));
  }
  if (type === 'checkbox') return h('input', { ...common, type });
  return h('input', {
    ...common,
    type,
    value,
    maxlength: longest,
    min: type === 'number' ? '0' : null,
    autocomplete: 'off',
    spellcheck: 'false',
    autocapitalize: 'off',
  });
}

const row = (field) =>
  h(
    'div',
    { class: field.type === 'checkbox' ? 'field inline' : 'field' },
    h('label', { for: `field-${field.name}` }, field.label),
    control(field),
    field.hint ? h('small', { id: `hint-${field.name}` }, field.hint) : null,
  );

/**
 * Asks, and does what was asked for once it is confirmed. Stays open with the gateway's words where
 * that fails.
 *
 * @param fields `{name, label, type?, options?, value?, required?, hint?}`
 * @param submit gets the fields' values; returns what has been done, in words
 */
export function ask({ title, text, fields = [], confirm, danger = false, submit }) {
  const problem = h('p', { class: 'problem', role: 'alert', hidden: true });
  const button = h('button', { class: danger ? 'primary danger' : 'primary' }, confirm);
  const form = h(
    'form',
    { method: 'dialog' },
    h('h2', { id: 'dialog-title' }, title),
    text ? h('p', { class: 'lead' }, text) : null,
    fields.map(row),
    problem,
    h(
      'div',
      { class: 'buttons' },
      h('button', { type: 'button', class: 'quiet', onclick: () => dialog.close() }, 'Cancel'),
      button,
    ),
  );
  const dialog = h('dialog', { class: 'dialog', 'aria-labelledby': 'dialog-title', onclose: () => dialog.remove() }, form);
  const shown = new Map(fields.map(({ name }) => [name, form.elements.namedItem(name).value]));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const values = {};
    for (const { name, type, value } of fields) {
      const input = form.elements.namedItem(name);
      // A box drops line breaks, and without its spaces a name is another's: what nobody has changed
      // is sent as it was given.
      const untouched = Boolean(value) && input.value === shown.get(name);
      values[name] = type === 'checkbox' ? input.checked : untouched ? value : input.value.trim();
    }
    button.disabled = true;
    try {
      const done = await submit(values);
      dialog.close();
      toast(done);
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
      button.disabled = false;
    }
  });
  show(dialog);
  return dialog;
}

function show(dialog) {
  document.body.append(dialog);
  dialog.showModal();
}

/** Shows something in a dialog that only closes. */
export function tell(title, ...content) {
  const dialog = h(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'dialog-title', onclose: () => dialog.remove() },
    h('h2', { id: 'dialog-title' }, title),
    content,
    h('div', { class: 'buttons' }, h('button', { type: 'button', class: 'primary', onclick: () => dialog.close() }, 'Close')),
  );
  show(dialog);
}

/** Every act has one: it is logged, and callers whose call ends read it. */
export const reason = (hint) => ({ name: 'reason', label: 'Reason', required: true, longest: 200, hint });
