// The Agents SDK: npm `@openai/agents-realtime`, its session over a WebSocket of its own.
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession } from '@openai/agents-realtime';
import { question, run, sayError, turns } from './conversation.mjs';

await run(async (address, token) => {
  const url = `${address.replace(/^http/, 'ws')}/v1/realtime?model=gpt-realtime-2.1`;
  const session = new RealtimeSession(new RealtimeAgent({ name: 'Donna', instructions: 'Be brief.' }), {
    transport: new OpenAIRealtimeWebSocket({ url, useInsecureApiKey: true }),
    tracingDisabled: true,
  });
  const over = new Promise((resolve) =>
    session.transport.on('connection_change', (status) => status === 'disconnected' && resolve()),
  );
  const hear = turns({
    greet: () => {},
    ask: () => {
      for (const chunk of question()) {
        session.sendAudio(chunk.buffer.slice(chunk.byteOffset, chunk.byteOffset + chunk.length));
      }
    },
    end: () => session.close(),
  });
  session.on('transport_event', hear);
  session.on('error', ({ error }) => error?.error?.code && sayError(error.error));
  await session.connect({ apiKey: token, url });
  session.sendMessage('Hello!');
  await over;
});
