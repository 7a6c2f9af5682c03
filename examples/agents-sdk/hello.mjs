// The Agents SDK, npm `@openai/agents-realtime`, on /v1/realtime. The token takes the place of the
// API key.
//
// Start the gateway with `./donna dev`. In a second terminal, in the repository:
//
//   npm install --prefix examples
//   export TOKEN=$(./donna token --sub me)
//   node examples/agents-sdk/hello.mjs "Who are you?"
//
// GATEWAY is the gateway's URL, http://127.0.0.1:3001 by default.
// With `./donna dev --tls`: export GATEWAY=https://127.0.0.1:3001 NODE_EXTRA_CA_CERTS=.donna/tls/ca.pem
import { RealtimeAgent, RealtimeSession } from '@openai/agents-realtime';

const { GATEWAY = 'http://127.0.0.1:3001', TOKEN } = process.env;
const line = process.argv[2] ?? 'Hello, who are you?';

function fail(reason) {
  console.error(reason);
  process.exit(1);
}

if (!TOKEN) fail('TOKEN is not set. Run: export TOKEN=$(./donna token --sub me)');

const agent = new RealtimeAgent({ name: 'Donna', instructions: 'Be brief.' });
const session = new RealtimeSession(agent, {
  transport: 'websocket',
  tracingDisabled: true, // traces would go to OpenAI and need an OpenAI key
});
setTimeout(() => fail('No answer within 30 seconds.'), 30_000);

session.on('transport_event', (event) => {
  if (event.type === 'response.output_audio_transcript.delta') {
    process.stdout.write(event.delta);
  } else if (event.type === 'response.done') {
    console.log();
    if (event.response.status !== 'completed') fail(`The answer is ${event.response.status}.`);
    process.exit(0);
  }
});
session.on('error', (event) => fail(describe(event.error)));
session.transport.on('connection_change', (status) => {
  if (status === 'disconnected') fail('The connection closed before the answer.');
});

/** A failed connection gives an Error; the gateway and the model send objects with a code. */
function describe({ error }) {
  return error instanceof Error
    ? `No connection to ${GATEWAY}: ${error.message}`
    : `${error.code}: ${error.message}`;
}

const url = `${GATEWAY.replace(/^http/, 'ws')}/v1/realtime?model=gpt-realtime-2.1`;
await session.connect({ apiKey: TOKEN, url }).catch((error) => fail(describe(error)));
session.sendMessage(line);
