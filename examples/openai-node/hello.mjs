// The official SDK for Node, npm `openai`, on /v1. The token takes the place of the API key.
//
// This SDK connects with TLS only. Start the gateway with `./donna dev --tls`. In a second terminal,
// in the repository:
//
//   npm install --prefix examples
//   export TOKEN=$(./donna token --sub me) NODE_EXTRA_CA_CERTS=.donna/tls/ca.pem
//   node examples/openai-node/hello.mjs "Who are you?"
//
// GATEWAY is the gateway's URL, https://127.0.0.1:3001 by default.
import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';

const { GATEWAY = 'https://127.0.0.1:3001', TOKEN } = process.env;
const line = process.argv[2] ?? 'Hello, who are you?';

function fail(reason) {
  console.error(reason);
  process.exit(1);
}

if (!TOKEN) fail('TOKEN is not set. Run: export TOKEN=$(./donna token --sub me)');
if (!GATEWAY.startsWith('https:')) fail(`This SDK needs an https:// URL, and GATEWAY is ${GATEWAY}.`);

const client = new OpenAI({ apiKey: TOKEN, baseURL: `${GATEWAY}/v1` });
const realtime = new OpenAIRealtimeWS({ model: 'gpt-realtime-2.1' }, client);
setTimeout(() => fail('No answer within 30 seconds.'), 30_000);

realtime.on('session.created', () => {
  realtime.send({
    type: 'conversation.item.create',
    item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: line }] },
  });
  realtime.send({ type: 'response.create' });
});
realtime.on('response.output_audio_transcript.delta', (event) => process.stdout.write(event.delta));
realtime.on('response.done', ({ response }) => {
  console.log();
  if (response.status !== 'completed') fail(`The answer is ${response.status}.`);
  process.exit(0);
});

// The gateway and the model send errors with a code. A failed connection has a message only.
realtime.on('error', ({ error, message }) =>
  fail(error?.code ? `${error.code}: ${error.message}` : `No connection to ${GATEWAY}: ${message}`),
);
realtime.socket.on('close', (code, reason) =>
  fail(`The connection closed before the answer: ${code} ${reason}`),
);
