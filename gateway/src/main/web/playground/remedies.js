// What went wrong, in words, and what to do about it.

const CODES = {
  already_connected: ['This session is open already.', 'Disconnect first.'],
  authentication_not_configured: ['This gateway takes no tokens.', 'Connect with an empty token.'],
  authentication_too_late: ['The session began without a token.', 'Disconnect, then connect with the token.'],
  authentication_unavailable: ["The identity provider's keys cannot be fetched.", 'Try again. ./donna check says what is wrong.'],
  budget_exceeded: ['The budget is used up.', "It starts anew with its period. To change it, edit the tier's limits in POLICY_FILE, or the token's."],
  budget_in_use: ['What is left of the budget is reserved for an answer in progress.', 'Wait until that answer is complete.'],
  conversation_already_has_active_response: ['The model is answering already.', 'Wait for it, or press Escape to stop it.'],
  guard_failed: ['A guard could not judge this message.', "The gateway's log names the guard."],
  guard_matched: ['A guard stopped this message.', "The guard's rule is in POLICY_FILE; the log names it."],
  invalid_model: ['This model is not allowed here.', 'Leave the model empty for the default one, or name one that the tier allows.'],
  model_not_allowed: ['This model is not allowed here.', 'Leave the model empty for the default one, or name one that the tier allows.'],
  overloaded: ['The gateway is full at the moment.', 'The page tries again by itself.'],
  rate_limit_exceeded: ['Too much at once.', 'Wait some seconds. UPSTREAM_RATE_PER_SESSION and the limits of the tier say how much is allowed.'],
  too_many_refusals: ['The gateway refused fifty messages in a minute.', 'See the errors in the list of events.'],
  too_many_sessions: ['This user has the maximum number of sessions.', 'Close another tab, or raise the limit "sessions" of the tier or the token.'],
  token_expiring: ['The token expires soon.', 'Connect again with a new one: ./donna token --sub me'],
  unknown_tier: ["The token's tier is not in the policy.", 'Add it to POLICY_FILE, or issue the token without it.'],
  upstream_excessive: ['The upstream broke a limit of the protocol.', "The gateway's log has the details."],
  upstream_lost: ['The connection to the model was lost.', 'Connect again.'],
  upstream_refused: ["The model's server does not accept the gateway's key, quota or deployment.", 'Run ./donna check, which says why.'],
  upstream_timeout: ["The model's server did not answer in time.", 'Run ./donna check, which says why.'],
  upstream_tls_failed: ["TLS with the model's server failed.", 'Run ./donna check. For your own server, set UPSTREAM_CA_FILE.'],
  upstream_unreachable: ["The model's server cannot be reached.", 'Run ./donna check, which says why. ./donna dev needs no server.'],
};

const CLOSES = {
  1002: ['The connection broke the WebSocket protocol.', 'Something between this page and the gateway alters the traffic.'],
  1008: ['The gateway ended the session by its policy.', "The gateway's log says which rule."],
  1009: ['A message was too large.', 'Send less at once, or raise MAX_MESSAGE_BYTES.'],
  1011: ['The connection to the model failed.', 'Run ./donna check, which says why.'],
  4000: ['This model is not allowed here.', 'Leave the model empty for the default one.'],
  4001: ['No token came in time.', 'Connect again; AUTH_TIMEOUT_MS says how long the gateway waits.'],
  4003: ['The gateway does not accept this token.', 'Make a new one: ./donna token --sub me'],
  4008: ["The session's time is used up.", 'Connect again. The tier and the token limit how long a session may be.'],
  4029: ['A limit is used up.', 'The last error among the events says which.'],
  4030: ['An operator ended this session.', 'Ask the operator.'],
};

const AUTHENTICATION = {
  'Invalid token': 'Make one that this gateway verifies: ./donna token --sub me. It must be signed with JWT_SECRET or by your identity provider, and not be expired.',
  'Token required': 'Paste a token: ./donna token --sub me prints one.',
  'Please authenticate first': 'This gateway requires a token: ./donna token --sub me prints one.',
  'Authentication not configured': 'Connect with an empty token, or set JWT_SECRET.',
  'Authentication timeout': 'Connect again; AUTH_TIMEOUT_MS says how long the gateway waits.',
  'Token expired': 'Connect again with a new token: ./donna token --sub me',
  'Token revoked': 'Connect with another token; JWT_REVOCATIONS_FILE lists the revoked ones.',
};

const remedy = (title, fix, detail = '') => ({ title, fix, detail });

/** @param error of an `error` event, the gateway's or the model's */
export function ofError({ code, message, type }) {
  const [title, fix] = CODES[code] ?? [];
  return title
    ? remedy(title, fix, message)
    : remedy(message ?? 'The model reported an error.', '', [type, code].filter(Boolean).join(', '));
}

export function ofAuthentication(error) {
  return remedy(`${error}.`, AUTHENTICATION[error] ?? "The gateway's log says why.");
}

export function ofClose(code, reason) {
  const [title, fix] = CLOSES[code] ?? ['The connection was closed.', 'Connect again.'];
  return remedy(title, fix, [code, reason].filter(Boolean).join(' '));
}

/** @param status the gateway's answer to a plain request where it refused the WebSocket */
export function ofRefusal(status, limits) {
  switch (status) {
    case 403:
      return remedy(
        'The gateway does not allow pages of this origin.',
        `Add ${location.origin} to ALLOWED_ORIGINS and restart the gateway.`,
      );
    case 421:
      return remedy(
        'The gateway does not answer to this host name.',
        'Open the page as localhost, or set JWT_SECRET: without authentication, only names of this machine are allowed.',
      );
    case 429:
      return remedy(
        'Too many requests from this address.',
        `Wait ${limits.window_seconds} seconds, or raise RATE_LIMIT_MAX_REQUESTS.`,
      );
    case 503:
      return remedy('The proxy is switched off.', 'Set ENABLE_WS_PROXY=true and restart the gateway.');
    default:
      return remedy(
        'The gateway refused the connection: too many from this address.',
        `It allows ${limits.connections} at a time (MAX_CONNECTIONS_PER_IP), and ${limits.requests} new ones in ` +
          `${limits.window_seconds} seconds (RATE_LIMIT_MAX_REQUESTS). Close other tabs, or wait.`,
      );
  }
}

/** @param error of getUserMedia */
export function ofMicrophone(error) {
  switch (error.name) {
    case 'NotAllowedError':
      return remedy('The browser may not use the microphone.', "Allow it for this page, in the browser's address bar.");
    case 'NotFoundError':
      return remedy('There is no microphone.', 'Plug one in, or type.');
    case 'NotReadableError':
      return remedy('Another program holds the microphone.', 'Close it and try again.');
    case 'SecurityError':
      return remedy(
        'Browsers give a page the microphone only over HTTPS or on this machine.',
        'Open the page as localhost, or serve TLS: ./donna dev --tls',
      );
    default:
      return remedy('The microphone could not be started.', 'Try again, or type.', error.message);
  }
}
