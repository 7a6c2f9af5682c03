// What every client says: a greeting in writing, then the question of the tests in speech. The
// script gets the gateway's address, a token, and the recording, and talks twice: with the token, and
// with one that is none.
import { readFileSync } from 'node:fs';

const [, , address, token, recording] = process.argv;

const HEADER = 44;
const BYTES_PER_100_MS = 4_800;

export function greeting() {
  return [
    {
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello!' }] },
    },
    { type: 'response.create' },
  ];
}

/** The question and a second of silence, 100 ms each, as a microphone gives them. */
export function* question() {
  const samples = Buffer.concat([readFileSync(recording).subarray(HEADER), Buffer.alloc(48_000)]);
  for (let at = 0; at < samples.length; at += BYTES_PER_100_MS) {
    yield samples.subarray(at, at + BYTES_PER_100_MS);
  }
}

export function spokenQuestion() {
  return [...question()].map((chunk) => ({
    type: 'input_audio_buffer.append',
    audio: chunk.toString('base64'),
  }));
}

/** What the server calls its words and its sound: today, and in the retired beta. */
const GA = ['response.output_audio_transcript.delta', 'response.output_audio.delta'];
export const BETA = ['response.audio_transcript.delta', 'response.audio.delta'];

/** Returns what to call with each server event; it calls back when a turn is due, and at the end. */
export function turns({ greet, ask, end, names: [wordsName, soundName] = GA }) {
  let turn = 0;
  let words = 0;
  let sound = 0;
  return (event) => {
    switch (event.type) {
      case 'session.created':
        greet();
        break;
      case wordsName:
        words += 1;
        break;
      case soundName:
        sound += Buffer.from(event.delta, 'base64').length;
        break;
      case 'response.done':
        turn += 1;
        console.log(
          `turn ${turn}: ${event.response.status}, ${words > 0 ? 'with' : 'without'} words, ` +
            `${sound > 20_000 ? 'audible' : 'silent'}`,
        );
        words = 0;
        sound = 0;
        if (turn === 1) ask();
        else end();
        break;
    }
  };
}

export function sayError(error) {
  console.log(`error ${error.code}: ${error.message}`);
}

/** Runs `talk(address, token)` to its end with the token, then with one that is none. */
export async function run(talk) {
  await talk(address, token);
  console.log('with another token:');
  await talk(address, 'not-a-token');
  process.exit(0);
}
