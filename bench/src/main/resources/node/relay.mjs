// What a gateway on Node does, and what Donna's founding server did: authenticate, then parse each
// message, look at its type, pass it on.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { WebSocket, WebSocketServer } from 'ws';

const { PORT, UPSTREAM, JWT_SECRET, TLS_CERT_FILE, TLS_KEY_FILE } = process.env;
const MOST_WAITING = 256 * 1024;

function isValid(token) {
  const [header, claims, signature] = String(token).split('.');
  const expected = createHmac('sha256', JWT_SECRET).update(`${header}.${claims}`).digest();
  const given = Buffer.from(signature ?? '', 'base64url');
  return (
    given.length === expected.length &&
    timingSafeEqual(given, expected) &&
    JSON.parse(Buffer.from(claims, 'base64url')).exp * 1000 > Date.now()
  );
}

function forward(from, to, data) {
  to.send(data, { binary: false }, () => {
    if (from.isPaused && to.bufferedAmount < MOST_WAITING) from.resume();
  });
  if (to.bufferedAmount > MOST_WAITING) from.pause();
}

const answer = (request, response) => response.end();
const server = TLS_CERT_FILE
  ? createTlsServer({ cert: readFileSync(TLS_CERT_FILE), key: readFileSync(TLS_KEY_FILE) }, answer)
  : createServer(answer);
const sockets = new WebSocketServer({ server, perMessageDeflate: false });

sockets.on('connection', (client) => {
  let authenticated = false;
  let upstream;

  client.on('message', (data) => {
    const message = JSON.parse(data);
    if (message.type === 'authenticate') {
      authenticated = isValid(message.token);
      if (!authenticated) return client.close(4003, 'Authentication failed');
      client.send('{"type":"auth_success","message":"Authentication successful"}');
    } else if (!authenticated) {
      client.send('{"type":"auth_required","error":"Please authenticate first"}');
    } else if (message.type === 'connect_realtime') {
      upstream = new WebSocket(UPSTREAM, { perMessageDeflate: false });
      upstream.on('message', (event) => {
        if (JSON.parse(event).type) forward(upstream, client, event);
      });
      upstream.on('close', () => client.close());
      upstream.on('error', () => client.close(1011));
    } else if (upstream?.readyState === WebSocket.OPEN && message.type) {
      forward(client, upstream, data);
    }
  });
  client.on('close', () => upstream?.close());
});

server.listen(Number(PORT), '127.0.0.1');
