// npm `openai-realtime-api`, the successor of OpenAI's first client, at the level of its events. It
// speaks the retired beta, and says so.
import { RealtimeAPI } from 'openai-realtime-api';
import { BETA, greeting, run, sayError, spokenQuestion, turns } from './conversation.mjs';

await run(async (address, token) => {
  const api = new RealtimeAPI({
    url: `${address.replace(/^http/, 'ws')}/v1/realtime`,
    apiKey: token,
    model: 'gpt-realtime-2.1',
  });
  const say = ({ type, ...rest }) => api.send(type, rest);
  const hear = turns({
    greet: () => greeting().forEach(say),
    ask: () => spokenQuestion().forEach(say),
    end: () => api.disconnect(),
    names: BETA,
  });
  const over = new Promise((resolve) => api.on('close', resolve));
  api.on('server.*', hear);
  api.on('server.error', ({ error }) => sayError(error));
  await api.connect();
  await over;
});
