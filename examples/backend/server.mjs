// A backend for a page: it signs tokens and asks the gateway for client secrets. It also serves the page
// of ../browser. It needs Node and no packages.
//
// Start the gateway with `./donna dev`. In a second terminal, in the repository:
//
//   JWT_SECRET=$(cat .donna/secret) node examples/backend/server.mjs
//
// Open http://127.0.0.1:8080.
//
// JWT_SECRET is the secret that the gateway verifies tokens with. `./donna dev` without a JWT_SECRET in
// its settings makes one in .donna/secret. GATEWAY is the gateway's URL, http://127.0.0.1:3001 by
// default. PORT is 8080 by default. With `./donna dev --tls`:
// export GATEWAY=https://127.0.0.1:3001 NODE_EXTRA_CA_CERTS=.donna/tls/ca.pem
//
// POST /token          returns a JWT that is valid for ten minutes. Use it for a page that speaks the
//                      gateway's own protocol on /realtime. The page renews its session with another.
// POST /client-secret  returns a key `ek_...` that opens sessions for ten minutes. Use it for a page
//                      with an official SDK on /v1/realtime. This backend chooses the session, and the
//                      page sees no JWT.
import { createHmac, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const { GATEWAY = 'http://127.0.0.1:3001', JWT_SECRET, PORT = 8080 } = process.env;
const PAGE = new URL('../browser/index.html', import.meta.url);

if (!JWT_SECRET) {
  console.error('JWT_SECRET is not set. Run: export JWT_SECRET=$(cat .donna/secret)');
  process.exit(1);
}

/** The user who is signed in. Replace this by your own check, and answer 401 to everybody else. */
function currentUser(request) {
  return 'user123';
}

/** A JWT (RFC 7519), signed with HS256. */
function sign(user, seconds) {
  const now = Math.floor(Date.now() / 1000);
  const encode = (json) => Buffer.from(JSON.stringify(json)).toString('base64url');
  const signed = [
    encode({ alg: 'HS256', typ: 'JWT' }),
    encode({ sub: user, jti: randomUUID(), iat: now, exp: now + seconds }),
  ].join('.');
  const secret = JWT_SECRET.split(',')[0].trim(); // of several, the first signs
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** A client secret, which carries the settings of its sessions. */
async function clientSecret(user) {
  const answer = await fetch(`${GATEWAY}/v1/realtime/client_secrets`, {
    method: 'POST',
    // Its sessions end with this token, after an hour at the latest.
    headers: { Authorization: `Bearer ${sign(user, 3_600)}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      expires_after: { anchor: 'created_at', seconds: 600 },
      session: { type: 'realtime', model: 'gpt-realtime-2.1', instructions: 'Be brief.' },
    }),
  });
  if (!answer.ok) throw new Error(`the gateway answered ${answer.status}: ${await answer.text()}`);
  const { value, expires_at } = await answer.json();
  return { value, expires_at };
}

const json = (value) => JSON.stringify(value);
const routes = {
  'GET /': async () => ['text/html; charset=utf-8', await readFile(PAGE)],
  'POST /token': async (user) => [
    'application/json',
    json({ token: sign(user, 600), gateway: GATEWAY }),
  ],
  'POST /client-secret': async (user) => ['application/json', json(await clientSecret(user))],
};

createServer(async (request, response) => {
  const route = routes[`${request.method} ${request.url}`];
  try {
    const [type, body] = route ? await route(currentUser(request)) : [];
    const headers = { 'Content-Type': type ?? 'text/plain', 'Cache-Control': 'no-store' };
    response.writeHead(route ? 200 : 404, headers);
    response.end(body ?? 'Not found\n');
  } catch (error) {
    console.error(error.message, error.cause?.message ?? '');
    response.writeHead(502).end('No key can be had from the gateway.\n');
  }
}).listen(PORT, '127.0.0.1', function () {
  console.log(`Listening on http://127.0.0.1:${this.address().port}`);
});
