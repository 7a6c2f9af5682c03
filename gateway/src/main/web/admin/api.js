// The API of the admin port. The cookie of a sign-in goes with each request by itself; a body of
// JSON and the browser's own headers tell the gateway that the request is this page's.

/** An answer other than 2xx; its message is for people. */
export class ApiError extends Error {
  constructor(status, problem) {
    const fields = (problem.errors ?? []).map(({ field, detail }) => `${field} ${detail}`);
    super(fields.length > 0 ? fields.join('; ') : problem.detail ?? `The gateway answered ${status}`);
    this.status = status;
  }
}

let signedOut = () => {};

/** Whom to tell when the gateway no longer knows this browser. */
export function onSignedOut(listener) {
  signedOut = listener;
}

async function send(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: 'no-store',
    });
  } catch {
    throw new ApiError(0, { detail: 'The gateway cannot be reached' });
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (response.status === 401 && path !== '/api/v1/sign-in') signedOut();
  throw new ApiError(response.status, answer);
}

const query = (parameters) => {
  const given = Object.entries(parameters).filter(([, value]) => value !== '' && value !== undefined);
  return given.length === 0 ? '' : '?' + new URLSearchParams(given);
};

export const get = (path, parameters = {}) => send('GET', path + query(parameters));
export const post = (path, body) => send('POST', path, body);
export const put = (path, body) => send('PUT', path, body);
export const remove = (path, parameters) => send('DELETE', path + query(parameters));

/** One segment of a path. */
export const segment = (text) => encodeURIComponent(text);
