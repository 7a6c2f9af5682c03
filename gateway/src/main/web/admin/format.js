// Figures as operators read them. A value that is not known is a dash.
const NONE = '–';
const whole = new Intl.NumberFormat('en');
const brief = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const cents = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const fine = new Intl.NumberFormat('en', { minimumFractionDigits: 4, maximumFractionDigits: 4 });
const day = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric' });

export const count = (n) => (n === null || n === undefined ? NONE : whole.format(n));

/** As few digits as tell one from another: 1,234 is 1.2k. */
export const compact = (n) => brief.format(n).toLowerCase();

/** US dollars: four places below ten cents, none from ten thousand dollars on. */
export function usd(n) {
  if (n === null || n === undefined) return NONE;
  if (n === 0) return '$0';
  return '$' + (n < 0.1 ? fine : n < 10_000 ? cents : whole).format(n);
}

/** How long somebody waited. */
export function wait(ms) {
  if (ms === null || ms === undefined) return NONE;
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** How long something lasts: 0:42, 12:03, 1:02:03. */
export function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const two = (n) => String(n).padStart(2, '0');
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`;
}

/** An uptime: 42 s, 12 min, 3 h 5 min, 2 d 4 h. */
export function span(seconds) {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** The time of day, with the day before it if that is not today. */
export function time(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return NONE;
  const clock = date.toTimeString().slice(0, 8);
  return date.toDateString() === new Date().toDateString() ? clock : `${day.format(date)}, ${clock}`;
}

export function bytes(n) {
  if (n < 1_000_000) return `${Math.round(n / 1_000)} kB`;
  return n < 1_000_000_000 ? `${(n / 1_000_000).toFixed(1)} MB` : `${(n / 1_000_000_000).toFixed(2)} GB`;
}

export const percent = (ratio) => `${Math.round(100 * ratio)} %`;

/** A foreign text within a sentence: its directional marks end where it does. */
export const isolated = (text) => `\u2068${text}\u2069`;

/** Why a call ended: in the words of its close, and in the operator's if one ended it. */
export const endWords = ({ reason, operatorReason }) =>
  [reason, operatorReason && isolated(operatorReason)].filter(Boolean).join(': ');

/** A name, or what stands for nobody. */
export const name = (text, nobody = NONE) => (text === null || text === undefined || text === '' ? nobody : text);
