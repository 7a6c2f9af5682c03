// One conversation over the Realtime protocol: who speaks, how long the wait was, what it cost, and what
// was heard of an answer that was interrupted.
import { decode } from './player.js';

/** How long the model may take to fall silent after a cancellation, before a new question goes out. */
const CANCEL_PATIENCE = 3_000; // ms

export class Conversation {
  #send;
  #player;
  #view;
  #session = {};
  /** The response in progress. */
  #active;
  /** Responses that were interrupted: what still arrives of them is not for the user. */
  #dropped = new Set();
  /** Items whose audio arrived whole. */
  #complete = new Set();
  #contentIndex = new Map();
  #speaking = false;
  #clock;
  #turns = 0;
  #silence; // resolved when no response is in progress

  /**
   * @param send sends an event to the model
   * @param view told user(id, text, state), assistant(id, text), interrupted(id, ms), call(name, arguments),
   *     turn(turn) and activity(word)
   */
  constructor(send, player, view) {
    this.#send = send;
    this.#player = player;
    this.#view = view;
  }

  /** A new session, which knows nothing of an earlier one. */
  begin(session, wish) {
    this.#forget();
    this.#session = session;
    this.#send({ type: 'session.update', session: sessionOf(wish) });
    this.#view.activity('ready');
  }

  /** The connection is gone, and the rest of the answer with it. */
  end() {
    this.#forget();
    this.#player.stop();
  }

  #forget() {
    this.#active = undefined;
    this.#speaking = false;
    this.#clock = undefined;
    this.#dropped.clear();
    this.#complete.clear();
    this.#contentIndex.clear();
    this.#silence?.();
  }

  async say(text) {
    this.#view.user(`typed-${++this.#turns}`, text, 'said');
    await this.interrupt();
    await this.#untilSilent();
    this.#send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
    });
    this.#startClock('typed');
    this.#send({ type: 'response.create' });
    this.#view.activity('thinking');
  }

  hear(audio) {
    this.#send({ type: 'input_audio_buffer.append', audio });
  }

  /** Stops the answer at once: what was not heard was not said. */
  async interrupt() {
    if (this.#active) this.#send({ type: 'response.cancel', response_id: this.#active.id });
    await this.#silencePlayer();
  }

  async #silencePlayer() {
    if (this.#active) {
      this.#dropped.add(this.#active.id);
      this.#active.turn.status = 'interrupted';
    } else if (!this.#speaking) {
      return;
    }
    this.#speaking = false;
    this.#view.activity('ready');
    for (const { item, milliseconds, whole } of await this.#player.stop()) {
      if (whole && this.#complete.has(item)) continue; // played to its end
      this.#send({
        type: 'conversation.item.truncate',
        item_id: item,
        content_index: this.#contentIndex.get(item) ?? 0,
        audio_end_ms: milliseconds,
      });
      this.#view.interrupted(item, milliseconds);
    }
  }

  /** A second response.create while the first answer is being cancelled would be refused. */
  #untilSilent() {
    if (!this.#active) return undefined;
    return new Promise((resolve) => {
      this.#silence = resolve;
      setTimeout(resolve, CANCEL_PATIENCE);
    });
  }

  #startClock(trigger) {
    this.#clock = { trigger, since: performance.now() };
  }

  played(state) {
    this.#speaking = state === 'playing';
    if (state === 'playing') this.#view.activity('speaking');
    else if (!this.#active) this.#view.activity('ready');
  }

  receive(event) {
    const dropped = this.#dropped.has(event.response_id);
    switch (event.type) {
      case 'session.updated':
        this.#session = event.session;
        break;
      case 'input_audio_buffer.speech_started':
        this.#userSpeaks(event);
        break;
      case 'input_audio_buffer.speech_stopped':
        this.#startClock('spoken');
        this.#view.user(event.item_id, '', 'transcribing');
        this.#view.activity('thinking');
        break;
      case 'conversation.item.input_audio_transcription.delta':
        this.#view.user(event.item_id, event.delta, 'transcribing');
        break;
      case 'conversation.item.input_audio_transcription.completed':
        this.#view.user(event.item_id, event.transcript, 'said');
        break;
      case 'conversation.item.input_audio_transcription.failed':
        this.#view.user(event.item_id, '', 'not transcribed');
        break;
      case 'response.created':
        this.#created(event.response);
        break;
      case 'response.output_text.delta':
      case 'response.output_audio_transcript.delta':
        if (dropped) break;
        this.#answered(event.type === 'response.output_text.delta');
        this.#view.assistant(event.item_id, event.delta);
        break;
      case 'response.output_audio.delta':
        if (!dropped) this.#play(event);
        break;
      case 'response.output_audio.done':
        if (dropped) break;
        this.#complete.add(event.item_id);
        break;
      case 'response.function_call_arguments.done':
        this.#view.call(event.name ?? 'a tool', event.arguments);
        break;
      case 'response.done':
        this.#done(event.response);
        break;
    }
  }

  #userSpeaks(event) {
    const detection = this.#session.audio?.input?.turn_detection;
    // By default the model stops by itself when the user speaks.
    if (this.#active && detection?.interrupt_response === false) {
      this.#send({ type: 'response.cancel', response_id: this.#active.id });
    }
    this.#silencePlayer();
    this.#view.user(event.item_id, '', 'speaking');
    this.#view.activity('listening');
  }

  #created(response) {
    const { trigger, since } = this.#clock ?? { trigger: 'by itself', since: performance.now() };
    this.#clock = undefined;
    const turn = { id: response.id, trigger, since, status: 'in progress' };
    this.#active = { id: response.id, turn };
    this.#view.turn(turn);
  }

  /** The first sign of an answer that the user perceives: a word where it is written, else a sound. */
  #answered(perceived) {
    const turn = this.#active?.turn;
    if (!perceived || !turn || turn.wait !== undefined) return;
    turn.wait = performance.now() - turn.since;
    this.#view.turn(turn);
  }

  #play({ item_id: item, content_index: index, delta }) {
    this.#answered(true);
    this.#contentIndex.set(item, index);
    this.#speaking = true;
    this.#player.push(item, decode(delta));
  }

  #done(response) {
    const turn = this.#active?.turn ?? { id: response.id, trigger: 'by itself' };
    if (this.#dropped.delete(response.id)) turn.status = 'interrupted';
    else turn.status = response.status;
    turn.usage = response.usage ?? undefined;
    turn.model = this.#session.model;
    turn.failure = response.status === 'failed' ? response.status_details?.error : undefined;
    this.#active = undefined;
    this.#player.complete();
    this.#view.turn(turn);
    if (!this.#speaking) this.#view.activity('ready');
    this.#silence?.();
  }
}

/** What the page asks of a session: the user's speech in words, turns found by the model. */
export function sessionOf({ instructions, voice }) {
  const session = {
    type: 'realtime',
    audio: {
      input: {
        transcription: { model: 'gpt-4o-mini-transcribe' },
        turn_detection: { type: 'server_vad' },
      },
    },
  };
  if (voice) session.audio.output = { voice };
  if (instructions) session.instructions = instructions;
  return session;
}
