// Wires the page together.
import { java, javascript } from './code.js';
import { Connection } from './connection.js';
import { Conversation } from './conversation.js';
import { Events } from './events.js';
import { Microphone } from './microphone.js';
import { Player } from './player.js';
import { ofMicrophone } from './remedies.js';
import { themeButton } from './theme.js';
import { Transcript } from './transcript.js';
import { Turns } from './turns.js';

const element = (id) => document.getElementById(id);
const gateway = await (await fetch(new URL('settings.json', import.meta.url))).json();

const url = new URL('realtime', location.href);
url.protocol = url.protocol.replace('http', 'ws');
url.search = '';
url.hash = '';

themeButton(element('theme'));

// --- the parts ---

const events = new Events({
  list: element('events'),
  empty: element('events-empty'),
  count: element('events-count'),
  filter: element('filter'),
  audio: element('audio-events'),
  clear: element('clear'),
});
const transcript = new Transcript(element('transcript'), element('announcer'));
const turns = new Turns(
  {
    empty: element('turns-empty'),
    filled: element('turns-filled'),
    last: element('wait-last'),
    median: element('wait-median'),
    list: element('waits'),
    rows: element('usage'),
    total: element('cost'),
    note: element('cost-note'),
  },
  gateway.prices,
);

const connection = new Connection(url.href, gateway.limits, {
  state: showState,
  sent: (event) => events.add('sent', event),
  failed: notify,
  received(event) {
    events.add('received', event);
    if (event.type === 'session.created') conversation.begin(event.session, did.wish);
    else conversation.receive(event);
  },
});
const player = new Player((state) => conversation.played(state));
const conversation = new Conversation((event) => connection.send(event), player, {
  user(id, text, state) {
    element('hello').hidden = true;
    transcript.user(id, text, state);
  },
  assistant: (id, delta) => transcript.assistant(id, delta),
  interrupted: (id, milliseconds) => transcript.interrupted(id, milliseconds),
  call: (name, given) => transcript.call(name, given),
  activity: showActivity,
  turn(turn) {
    turns.update(turn);
    if (turn.status === 'completed') transcript.finishAll();
    if (turn.status === 'failed') {
      notify({
        title: turn.failure?.message ?? 'The model could not answer.',
        fix: 'Ask again. If it fails each time, run ./donna check.',
        detail: turn.failure?.code ?? '',
      });
    }
    if (turn.status === 'incomplete') transcript.remark('The answer was cut off by its limit of tokens.');
    showCode();
  },
});
const microphone = new Microphone({
  chunk(audio, level) {
    element('level').style.scale = 1 + 0.45 * level;
    conversation.hear(audio);
    if (did.steps.at(-1)?.speak !== true) did.steps.push({ speak: true });
  },
  gone() {
    showMicrophone();
    notify({ title: 'The microphone was unplugged.', fix: 'Plug it in and turn it on again, or type.', detail: '' });
  },
});

// --- connecting ---

/** What the user did, for the program that does the same. */
let did = { url: url.href, model: '', withToken: false, wish: {}, steps: [] };
let wasReady = false;

const HINTS = {
  required: 'required',
  optional: 'optional here',
  off: 'not needed: authentication is off',
};
element('token-hint').textContent = HINTS[gateway.authentication];
element('token').required = gateway.authentication === 'required';
element('token-field').hidden = gateway.authentication === 'off';
element('model').placeholder = gateway.model;

element('connect').onsubmit = (event) => {
  event.preventDefault();
  hideNotice();
  player.start();
  wasReady = false;
  const wish = { instructions: element('instructions').value.trim(), voice: element('voice').value };
  const token = element('token').value.trim();
  did = { url: url.href, model: element('model').value.trim(), withToken: token !== '', wish, steps: [] };
  connection.open({ token, model: did.model });
};
element('disconnect').onclick = () => connection.close();
element('retry').onclick = () => connection.retryNow();

function showState(state, { seconds } = {}) {
  element('state').dataset.state = state;
  element('state-words').textContent = {
    idle: 'Not connected',
    connecting: 'Connecting',
    authenticating: 'Authenticating',
    opening: 'Opening the session',
    ready: 'Connected',
    waiting: `Connection lost. Next try in ${seconds} s`,
  }[state];
  const ready = state === 'ready';
  if (ready && wasReady) transcript.remark('Connected again, in a new session: the model does not know what was said before.');
  if (ready) hideNotice();
  if (!ready && state !== 'opening') stopTalking();
  wasReady ||= ready;
  const idle = state === 'idle';
  element('connect').hidden = !idle && (wasReady || state === 'waiting' ? true : state === 'ready');
  element('connect-button').disabled = !idle;
  element('hello').hidden = !ready || !transcript.isEmpty;
  element('composer').hidden = !wasReady || idle;
  for (const control of element('composer').querySelectorAll('button, input')) control.disabled = !ready;
  element('disconnect').hidden = idle;
  element('retry').hidden = state !== 'waiting';
  document.body.classList.toggle('started', wasReady);
  if (ready && matchMedia('(pointer: fine)').matches) element('line').focus();
  if (idle && wasReady) element('connect-button').textContent = 'Connect again';
}

function stopTalking() {
  microphone.stop();
  showMicrophone();
  conversation.end();
}

// --- talking ---

element('composer').onsubmit = (event) => {
  event.preventDefault();
  const text = element('line').value.trim();
  if (text) say(text);
  element('line').value = '';
};
element('ideas').onclick = ({ target }) => {
  if (target.matches('button')) say(target.textContent);
};
element('stop').onclick = () => conversation.interrupt();
document.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') conversation.interrupt();
});

function say(text) {
  hideNotice();
  did.steps.push({ say: text });
  conversation.say(text);
}

element('microphone').onclick = async () => {
  if (microphone.isOn) {
    microphone.stop();
  } else {
    hideNotice();
    try {
      await microphone.start();
    } catch (error) {
      microphone.stop();
      notify(ofMicrophone(error));
    }
  }
  showMicrophone();
};

function showMicrophone() {
  element('microphone').setAttribute('aria-pressed', microphone.isOn);
  element('line').placeholder = microphone.isOn ? 'Speak or type' : 'Type or talk';
  element('level').style.scale = 1;
}

function showActivity(activity) {
  element('activity').dataset.activity = activity;
  element('activity-words').textContent = {
    ready: microphone.isOn ? 'Listening for you' : '',
    listening: 'You are speaking',
    thinking: 'Waiting for the answer',
    speaking: 'Answering. Speak or press Stop to interrupt',
  }[activity];
  element('stop').hidden = activity !== 'speaking' && activity !== 'thinking';
}

// --- notices ---

function notify({ title, fix, detail }) {
  element('notice-title').textContent = title;
  element('notice-fix').textContent = fix;
  element('notice-detail').textContent = detail;
  element('notice').hidden = false;
}

function hideNotice() {
  element('notice').hidden = true;
}
element('notice-close').onclick = hideNotice;

// --- code ---

let language = 'javascript';

function showCode() {
  const empty = did.steps.length === 0;
  element('code-empty').hidden = !empty;
  element('code-filled').hidden = empty;
  if (empty) return;
  const { name, run, text } = { javascript, java }[language](did);
  element('code-name').textContent = name;
  element('code-run').textContent = run;
  element('code').textContent = text;
}

for (const button of document.querySelectorAll('[data-language]')) {
  button.onclick = () => {
    language = button.dataset.language;
    for (const other of document.querySelectorAll('[data-language]')) other.setAttribute('aria-pressed', other === button);
    showCode();
  };
}
element('copy').onclick = async () => {
  await navigator.clipboard.writeText(element('code').textContent);
  element('copy').textContent = 'Copied';
  element('announcer').textContent = 'Copied';
  setTimeout(() => (element('copy').textContent = 'Copy'), 1500);
};

// --- views: on a wide screen the conversation stands beside the others, on a phone it is one of them ---

const narrow = matchMedia('(max-width: 900px)');
const tabs = [...document.querySelectorAll('[role=tab]')];

function showView(view) {
  document.body.dataset.view = view;
  const events = element('view-events');
  for (const tab of tabs) {
    const selected = tab.dataset.view === view;
    tab.setAttribute('aria-selected', selected);
    tab.tabIndex = selected ? 0 : -1;
    const panel = element(tab.getAttribute('aria-controls'));
    panel.hidden = !selected && (tab.dataset.view !== 'talk' || narrow.matches);
  }
  events.scrollTop = events.scrollHeight; // the newest
}

function fitViews() {
  element('tab-talk').hidden = !narrow.matches;
  const view = document.body.dataset.view;
  if (narrow.matches) showView('talk');
  else showView(view === 'talk' ? 'turns' : view);
}

element('tabs').onclick = ({ target }) => {
  const tab = target.closest('[role=tab]');
  if (tab) showView(tab.dataset.view);
};
element('tabs').onkeydown = ({ key }) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
  if (!step) return;
  const shown = tabs.filter((tab) => !tab.hidden);
  const at = shown.findIndex((tab) => tab.getAttribute('aria-selected') === 'true');
  const next = shown[(at + step + shown.length) % shown.length];
  showView(next.dataset.view);
  next.focus();
};
narrow.onchange = fitViews;
fitViews();
showState('idle');
