// The gateway's own protocol on /realtime, from Node with npm `ws`.
//
// Start the gateway with `./donna dev`. In a second terminal, in the repository:
//
//   npm install --prefix examples
//   export TOKEN=$(./donna token --sub me)
//   node examples/node-ws/hello.mjs "Who are you?"
//
// GATEWAY is the gateway's URL, http://127.0.0.1:3001 by default.
// With `./donna dev --tls`: export GATEWAY=https://127.0.0.1:3001 NODE_EXTRA_CA_CERTS=.donna/tls/ca.pem
import { WebSocket } from 'ws';

const { GATEWAY = 'http://127.0.0.1:3001', TOKEN } = process.env;
const line = process.argv[2] ?? 'Hello, who are you?';

function fail(reason) {
  console.error(reason);
  process.exit(1);
}

if (!TOKEN) fail('TOKEN is not set. Run: export TOKEN=$(./donna token --sub me)');

const socket = new WebSocket(`${GATEWAY.replace(/^http/, 'ws')}/realtime`);
const send = (message) => socket.send(JSON.stringify(message));
setTimeout(() => fail('No answer within 30 seconds.'), 30_000);

socket.on('open', () => send({ type: 'authenticate', token: TOKEN }));
socket.on('error', (error) => fail(`No connection to ${GATEWAY}: ${error.message || error.code}`));
socket.on('close', (code, reason) => fail(`The connection closed before the answer: ${code} ${reason}`));
socket.on('message', (data) => {
  const event = JSON.parse(data);
  switch (event.type) {
    case 'auth_success':
      send({ type: 'connect_realtime' });
      break;
    case 'session.created':
      send({
        type: 'conversation.item.create',
        item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: line }] },
      });
      send({ type: 'response.create' });
      break;
    case 'response.output_audio_transcript.delta':
      process.stdout.write(event.delta);
      break;
    case 'response.done':
      console.log();
      if (event.response.status !== 'completed') fail(`The answer is ${event.response.status}.`);
      process.exit(0);
      break;
    case 'auth_error':
      fail(`The gateway refused the token: ${event.error}`);
      break;
    case 'error':
      fail(`${event.error.code}: ${event.error.message}`);
      break;
  }
});
