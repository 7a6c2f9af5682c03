// The microphone's side of the audio thread: PCM16 at 24 kHz in chunks, whatever rate the device has.
import { Resampler, toPcm16 } from './resampler.js';

const RATE = 24_000;

/** 50 ms: twenty messages a second. */
const CHUNK = RATE / 20;

class Capture extends AudioWorkletProcessor {
  #resampler = sampleRate === RATE ? null : new Resampler(sampleRate, RATE);
  #chunk = new Float32Array(CHUNK);
  #filled = 0;

  process([[samples]]) {
    if (!samples) return true; // nothing is connected yet
    for (const sample of this.#resampler ? this.#resampler.convert(samples) : samples) {
      this.#chunk[this.#filled++] = sample;
      if (this.#filled === CHUNK) {
        const pcm = toPcm16(this.#chunk);
        this.port.postMessage(pcm, [pcm.buffer]);
        this.#filled = 0;
      }
    }
    return true;
  }
}

registerProcessor('capture', Capture);
