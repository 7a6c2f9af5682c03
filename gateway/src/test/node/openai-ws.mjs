// The official SDK on a server: npm `openai`, OpenAIRealtimeWS. It insists on TLS.
import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { greeting, run, sayError, spokenQuestion, turns } from './conversation.mjs';

await run(
  (address, token) =>
    new Promise((resolve) => {
      const client = new OpenAI({ apiKey: token, baseURL: `${address}/v1` });
      const realtime = new OpenAIRealtimeWS({ model: 'gpt-realtime-2.1' }, client);
      const hear = turns({
        greet: () => greeting().forEach((event) => realtime.send(event)),
        ask: () => spokenQuestion().forEach((event) => realtime.send(event)),
        end: () => realtime.close(),
      });
      realtime.on('event', hear);
      realtime.on('error', (error) => error.error && sayError(error.error));
      realtime.socket.on('close', resolve);
    }),
);
