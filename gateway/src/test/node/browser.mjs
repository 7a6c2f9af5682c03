// Opens a page in Chromium, by its DevTools protocol, and says what the page shows: the answer to a
// written line, and with a recording for a microphone the answer to that. Ends with 1 where the page
// shows a failure.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';

const [, , chromium, url, recording] = process.argv;

const profile = mkdtempSync(join(tmpdir(), 'donna-chromium-'));
const browser = spawn(
  chromium,
  [
    '--headless=new',
    '--no-sandbox', // CI is root in a container
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
    '--autoplay-policy=no-user-gesture-required',
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    ...(recording ? [`--use-file-for-fake-audio-capture=${recording}%noloop`] : []),
    'about:blank',
  ],
  { stdio: ['ignore', 'ignore', 'pipe'] },
);

async function end(status) {
  const gone = new Promise((resolve) => browser.on('exit', resolve));
  browser.kill('SIGKILL');
  await gone;
  rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  process.exit(status);
}

const endpoint = await new Promise((resolve) => {
  let said = '';
  browser.stderr.on('data', (data) => {
    said += data;
    const [, found] = /DevTools listening on (\S+)/.exec(said) ?? [];
    if (found) resolve(found);
  });
  browser.on('exit', () => {
    console.log(`${chromium} did not start: ${said}`);
    process.exit(1);
  });
});
browser.removeAllListeners('exit');

const socket = new WebSocket(endpoint);
await new Promise((resolve) => socket.on('open', resolve));
const pending = new Map();
socket.on('message', (data) => {
  const { id, result, method, params } = JSON.parse(data);
  if (id) pending.get(id)(result);
  if (method === 'Runtime.exceptionThrown') {
    const { text, exception } = params.exceptionDetails;
    console.log(`the page threw: ${exception?.description ?? text}`);
    end(1);
  }
});
let calls = 0;
const call = (method, params = {}, sessionId = undefined) =>
  new Promise((resolve) => {
    calls += 1;
    pending.set(calls, resolve);
    socket.send(JSON.stringify({ id: calls, method, params, sessionId }));
  });

const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
await call('Runtime.enable', {}, sessionId);
await call('Page.enable', {}, sessionId);
// What is played is counted, as nobody listens.
await call(
  'Page.addScriptToEvaluateOnNewDocument',
  {
    source: `
      globalThis.loudSeconds = 0;
      const start = AudioBufferSourceNode.prototype.start;
      AudioBufferSourceNode.prototype.start = function (...when) {
        if (this.buffer.getChannelData(0).some((s) => Math.abs(s) > 0.1)) loudSeconds += this.buffer.duration;
        start.apply(this, when);
      };`,
  },
  sessionId,
);
await call('Page.navigate', { url }, sessionId);

const evaluate = async (expression) =>
  (await call('Runtime.evaluate', { expression, returnByValue: true }, sessionId)).result.value;
const seen = `(() => ({
  state: document.getElementById('state')?.textContent,
  failed: document.getElementById('state')?.className === 'failed',
  lines: [...document.querySelectorAll('#transcript p')].map((p) => p.textContent),
  url: location.href,
  loudSeconds,
}))()`;

/** Waits until the page is ready and shows so many lines, and has played so much of speech. */
async function ready(lines, seconds = 0) {
  const patience = Date.now() + 45_000;
  for (;;) {
    const page = await evaluate(seen);
    if (Date.now() > patience) {
      console.log(`not ready: ${JSON.stringify(page)}`);
      await end(1);
    }
    if (page?.failed) {
      console.log(`failed: ${page.state}`);
      await end(1);
    }
    if (page?.state === 'ready' && page.lines.length >= lines && page.loudSeconds >= seconds) return page;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const written = await ready(2);
console.log(written.lines.join('\n'));
console.log(`address: ${new URL(written.url).hash || 'no fragment'}`);
if (recording) {
  await evaluate(`document.getElementById('microphone').click()`);
  const spoken = await ready(3, 1); // what it says of a second piece interrupts what it said of the first
  console.log(spoken.lines.slice(2).join('\n'));
  console.log('audible');
}
await end(0);
