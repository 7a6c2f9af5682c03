// Elements. Text goes in as text and attributes as attributes, never as markup: names of users,
// reasons and models are other people's input.

/**
 * An element. Attributes that are functions listen (`onclick`), `true` is an attribute without a
 * value, and null, undefined or false is none.
 */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same in SVG. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Writes text only where it differs: an unchanged cell costs no layout. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const PATHS = {
  now: 'M3 12h4l2.5-7 5 14L17 12h4',
  calls: 'M5 9v6M9.7 5v14M14.3 8v8M19 10.5v3',
  ended: 'M12 7v5l3 2M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Z',
  security: 'M12 3.5 5 6v5.5c0 4 2.8 7.3 7 9 4.2-1.7 7-5 7-9V6Z',
  usage: 'M5 20V10M12 20V4M19 20v-7',
  actions: 'M5 8h9M18 8h1M5 16h1M10 16h9M16 6v4M8 14v4',
  theme: 'M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9Z',
  close: 'M6 6l12 12M18 6 6 18',
  back: 'M14 6l-6 6 6 6',
  plus: 'M12 6v12M6 12h12',
  minus: 'M6 12h12',
  pause: 'M9 6v12M15 6v12',
  play: 'M8 6l10 6-10 6Z',
};

export function icon(name) {
  return s('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' }, s('path', { d: PATHS[name] }));
}
