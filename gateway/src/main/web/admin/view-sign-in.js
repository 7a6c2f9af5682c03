// Who is it? By the token, or by the identity provider.
import { get, post } from './api.js';
import { h } from './dom.js';

export function signIn(view, begin) {
  const problem = h('p', { class: 'problem', role: 'alert', hidden: true });
  const token = h('input', {
    id: 'token',
    type: 'password',
    required: true,
    autocomplete: 'current-password',
    spellcheck: 'false',
    autocapitalize: 'off',
  });
  const form = h(
    'form',
    { hidden: true },
    h('div', { class: 'field' }, h('label', { for: 'token' }, 'Token'), token, h('small', {}, 'The ADMIN_TOKEN of this gateway')),
    h('button', { class: 'primary' }, 'Sign in'),
  );
  const provider = h('a', { class: 'primary', href: '/sign-in', hidden: true }, 'Sign in with your identity provider');
  const say = (error) => {
    problem.textContent = error.message;
    problem.hidden = false;
  };

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      begin(await post('/api/v1/sign-in', { token: token.value.trim() }));
    } catch (error) {
      say(error);
      token.select();
    }
  });

  view.replaceChildren(
    h(
      'section',
      { class: 'sign-in', 'aria-labelledby': 'sign-in-title' },
      h('h1', { id: 'sign-in-title' }, 'See every call.'),
      h('p', { class: 'lead' }, 'Sign in to watch this gateway and to steer it.'),
      provider,
      form,
      problem,
    ),
  );
  get('/api/v1/sign-in').then((methods) => {
    provider.hidden = !methods.openid_connect;
    form.hidden = !methods.token;
    if (methods.token && methods.openid_connect) provider.after(h('p', { class: 'or' }, 'or'));
    if (!methods.token && !methods.openid_connect) {
      say(new Error('Nobody can sign in: set ADMIN_TOKEN or ADMIN_OIDC_ISSUER, and restart the gateway.'));
    }
    if (methods.token) token.focus();
  }, say);
}
