// The official SDK as it was in the beta's days: npm `openai` 4, its beta client. It insists on TLS.
import OpenAI from 'openai-beta';
import { OpenAIRealtimeWS } from 'openai-beta/beta/realtime/ws';
import { BETA, greeting, run, sayError, spokenQuestion, turns } from './conversation.mjs';

const SET_UP = {
  type: 'session.update',
  session: {
    modalities: ['text', 'audio'],
    voice: 'alloy',
    input_audio_format: 'pcm16',
    output_audio_format: 'pcm16',
    temperature: 0.8,
  },
};

await run(
  (address, token) =>
    new Promise((resolve) => {
      const client = new OpenAI({ apiKey: token, baseURL: `${address}/v1` });
      const realtime = new OpenAIRealtimeWS({ model: 'gpt-realtime-2.1' }, client);
      const hear = turns({
        greet: () => [SET_UP, ...greeting()].forEach((event) => realtime.send(event)),
        ask: () => spokenQuestion().forEach((event) => realtime.send(event)),
        end: () => realtime.close(),
        names: BETA,
      });
      realtime.on('event', hear);
      realtime.on('error', (error) => error.error && sayError(error.error));
      realtime.socket.on('close', resolve);
    }),
);
