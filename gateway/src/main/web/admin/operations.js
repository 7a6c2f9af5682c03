// What an operator can do, each with its question. Viewers get no buttons for any of it.
import { post, put, remove, segment } from './api.js';
import { ask, reason } from './dialog.js';
import { h } from './dom.js';
import { count, isolated, time } from './format.js';
import { isOperator } from './store.js';

const TOLD = 'The caller is told this, and the log keeps it.';
const LOGGED = 'The log keeps this with your name.';

const TIMES = [
  ['900', '15 minutes'],
  ['3600', '1 hour'],
  ['28800', '8 hours'],
  ['86400', '1 day'],
  ['604800', '1 week'],
  ['2592000', '30 days'],
];

const KINDS = [
  ['user', 'User'],
  ['tenant', 'Tenant'],
  ['tier', 'Tier'],
  ['address', 'Address or range'],
];

const calls = (n) => (n === 1 ? '1 call ended' : `${count(n)} calls ended`);

/** A button for operators; null for everybody else, so that there is nothing to find and enable. */
export function button(label, does, more = {}) {
  return isOperator() ? h('button', { type: 'button', class: 'act', ...more, onclick: does }, label) : null;
}

export const endCall = (session) =>
  ask({
    title: 'End this call?',
    text: session.user ? `${isolated(session.user)} is on it.` : 'An anonymous caller is on it.',
    fields: [reason(TOLD)],
    confirm: 'End call',
    danger: true,
    submit: async (values) => {
      await post(`/api/v1/sessions/${segment(session.id)}/end`, { reason: values.reason });
      return 'The call has ended.';
    },
  });

export const endCalls = (kind = 'user', name = '', done = () => {}) =>
  ask({
    title: 'End all calls of …',
    fields: [
      { name: 'kind', label: 'Of', options: KINDS, value: kind },
      { name: 'name', label: 'Name', value: name, required: true, longest: 1_024, hint: 'Such as alice, or 203.0.113.0/24' },
      reason(TOLD),
    ],
    confirm: 'End calls',
    danger: true,
    submit: async (values) => {
      const { ended } = await post('/api/v1/sessions/end', { [values.kind]: values.name, reason: values.reason });
      done();
      return `${calls(ended)}.`;
    },
  });

export const block = (kind = 'user', name = '', done = () => {}) =>
  ask({
    title: 'Block',
    text: 'Live calls of whoever is blocked end now; new ones are refused until the block ends.',
    fields: [
      { name: 'kind', label: 'Whom', options: KINDS.filter(([key]) => key === 'user' || key === 'address'), value: kind },
      { name: 'name', label: 'Name', value: name, required: true, longest: 1_024, hint: 'A user, or a range such as 203.0.113.0/24' },
      { name: 'seconds', label: 'For', options: TIMES, value: '3600' },
      reason(TOLD),
    ],
    confirm: 'Block',
    danger: true,
    submit: async (values) => {
      const { ended } = await post('/api/v1/blocks', {
        [values.kind]: values.name,
        seconds: Number(values.seconds),
        reason: values.reason,
      });
      done();
      return `Blocked; ${calls(ended)}.`;
    },
  });

export const unblock = (item, done) =>
  ask({
    title: 'End this block?',
    text: `${isolated(item.user ?? item.address)} can call again.`,
    fields: [reason(LOGGED)],
    confirm: 'End block',
    submit: async (values) => {
      await remove(`/api/v1/blocks/${segment(item.id)}`, { reason: values.reason });
      done();
      return 'The block has ended.';
    },
  });

export const revoke = (done = () => {}, user = '') =>
  ask({
    title: 'Revoke',
    text: 'For good: a revoked token, or any token of a revoked user, is refused from now on.',
    fields: [
      { name: 'kind', label: 'What', options: [['sub', 'All tokens of a user'], ['jti', 'One token, by its jti']], value: 'sub' },
      { name: 'name', label: 'User or jti', value: user, required: true, longest: 1_024 },
      reason(LOGGED),
    ],
    confirm: 'Revoke',
    danger: true,
    submit: async (values) => {
      await post('/api/v1/revocations', { [values.kind]: values.name, reason: values.reason });
      done();
      return 'Revoked.';
    },
  });

export const unrevoke = (item, done) =>
  ask({
    title: 'Take this revocation back?',
    text: `${isolated(item.sub ?? item.jti)} is valid again.`,
    fields: [reason(LOGGED)],
    confirm: 'Take back',
    submit: async (values) => {
      await remove(`/api/v1/revocations/${segment(item.id)}`, { reason: values.reason });
      done();
      return 'The revocation is taken back.';
    },
  });

export const switchProxy = (on, done) =>
  ask({
    title: on ? 'Switch the gateway on?' : 'Switch the gateway off?',
    text: on ? 'New calls are taken again.' : 'New calls are refused until it is switched on again.',
    fields: on
      ? [reason(LOGGED)]
      : [{ name: 'end', label: 'End live calls, too', type: 'checkbox' }, reason(TOLD)],
    confirm: on ? 'Switch on' : 'Switch off',
    danger: !on,
    submit: async (values) => {
      const { ended } = await put('/api/v1/switch', {
        enabled: on,
        ...(on ? {} : { end_sessions: values.end }),
        reason: values.reason,
      });
      done();
      return on ? 'The gateway is on.' : `The gateway is off; ${calls(ended)}.`;
    },
  });

export const drain = (on, done) =>
  ask({
    title: on ? 'Drain the gateway?' : 'Take new calls again?',
    text: on ? 'Live calls go on to their end; a load balancer sends new ones elsewhere.' : null,
    fields: [reason(LOGGED)],
    confirm: on ? 'Drain' : 'Take calls',
    danger: on,
    submit: async (values) => {
      await put('/api/v1/drain', { draining: on, reason: values.reason });
      done();
      return on ? 'The gateway is draining.' : 'The gateway takes new calls.';
    },
  });

export const reload = (done) =>
  ask({
    title: 'Read the files again?',
    text: 'Policy, prices, revocations and certificates are read again. A file with a mistake changes nothing.',
    fields: [reason(LOGGED)],
    confirm: 'Reload',
    submit: async (values) => {
      const { files } = await post('/api/v1/reload', { reason: values.reason });
      done();
      const wrong = files.filter((file) => !file.in_force);
      if (wrong.length > 0) throw new Error(wrong.map((file) => `${file.setting}: ${file.problem}`).join('; '));
      return files.length === 1 ? '1 setting is in force.' : `${files.length} settings are in force.`;
    },
  });

export const limit = (now, done) =>
  ask({
    title: 'Change the limits for a time',
    text: 'Leave a field empty to keep its limit.',
    fields: [
      { name: 'requests', label: `Requests of one address in ${now.window_ms / 1_000} s`, type: 'number', hint: `Now ${count(now.requests)}` },
      { name: 'connections_per_address', label: 'Connections of one address', type: 'number', hint: `Now ${count(now.connections_per_address)}` },
      { name: 'connections', label: 'Connections in all', type: 'number', hint: `Now ${count(now.connections)}` },
      { name: 'seconds', label: 'For', options: TIMES, value: '3600' },
      reason(LOGGED),
    ],
    confirm: 'Change limits',
    submit: async (values) => {
      const body = { seconds: Number(values.seconds), reason: values.reason };
      for (const name of ['requests', 'connections_per_address', 'connections']) {
        if (values[name] !== '') body[name] = Number(values[name]);
      }
      const { until } = await put('/api/v1/limits', body);
      done();
      return `The limits are changed until ${time(until)}.`;
    },
  });

export const restoreLimits = (done) =>
  ask({
    title: 'Restore the limits of the settings?',
    fields: [reason(LOGGED)],
    confirm: 'Restore',
    submit: async (values) => {
      await remove('/api/v1/limits', { reason: values.reason });
      done();
      return 'The limits are those of the settings.';
    },
  });
