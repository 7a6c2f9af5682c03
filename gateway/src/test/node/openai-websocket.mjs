// The official SDK in a browser: npm `openai`, OpenAIRealtimeWebSocket over the native WebSocket, the
// token in a subprotocol. It insists on TLS.
import { OpenAIRealtimeWebSocket } from 'openai/realtime/websocket';
import { greeting, run, sayError, spokenQuestion, turns } from './conversation.mjs';

await run(
  (address, token) =>
    new Promise((resolve) => {
      const realtime = new OpenAIRealtimeWebSocket(
        { model: 'gpt-realtime-2.1', dangerouslyAllowBrowser: true },
        { apiKey: `ek_${token}`, baseURL: `${address}/v1` },
      );
      const hear = turns({
        greet: () => greeting().forEach((event) => realtime.send(event)),
        ask: () => spokenQuestion().forEach((event) => realtime.send(event)),
        end: () => realtime.close(),
      });
      realtime.on('event', hear);
      realtime.on('error', (error) => error.error && sayError(error.error));
      realtime.socket.addEventListener('close', resolve);
    }),
);
