// Converts a stream of samples from one rate to another by a windowed sinc, which removes what the
// lower rate cannot carry: without it, a 15 kHz tone of a 48 kHz microphone would be heard at 9 kHz.

/** Zero crossings of the sinc on each side. With the window below: 60 dB of attenuation. */
const CROSSINGS = 24;

/** Entries of the table between two zero crossings; what lies between is interpolated. */
const STEPS = 512;

/** The pass band ends a little below half of the lower rate, so that the filter is closed there. */
const PASS = 0.92;

export class Resampler {
  #step;
  #cutoff;
  #half;
  #table;
  #history;
  /** Of the next output sample, in input samples, relative to the start of the history. */
  #position;

  constructor(from, to) {
    this.#step = from / to;
    this.#cutoff = Math.min(1, to / from) * PASS;
    this.#half = Math.ceil(CROSSINGS / this.#cutoff);
    this.#table = kernel();
    this.#history = new Float32Array(this.#half);
    this.#position = this.#half;
  }

  /** The samples that can be computed now; each one needs some input behind it. */
  convert(input) {
    const all = new Float32Array(this.#history.length + input.length);
    all.set(this.#history);
    all.set(input, this.#history.length);
    const output = [];
    while (this.#position + this.#half < all.length) {
      output.push(this.#sample(all));
      this.#position += this.#step;
    }
    const spent = Math.max(0, Math.floor(this.#position) - this.#half);
    this.#history = all.slice(spent);
    this.#position -= spent;
    return Float32Array.from(output);
  }

  #sample(all) {
    const first = Math.ceil(this.#position - this.#half);
    const last = Math.floor(this.#position + this.#half);
    let sum = 0;
    for (let i = Math.max(0, first); i <= last; i++) {
      const at = Math.abs(i - this.#position) * this.#cutoff * STEPS;
      const index = Math.floor(at);
      if (index + 1 < this.#table.length) {
        const fraction = at - index;
        sum += all[i] * (this.#table[index] * (1 - fraction) + this.#table[index + 1] * fraction);
      }
    }
    return sum * this.#cutoff;
  }
}

/** One side of the sinc, under a Blackman window. */
function kernel() {
  const table = new Float32Array(CROSSINGS * STEPS + 1);
  for (let i = 0; i < table.length; i++) {
    const x = i / STEPS;
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    const turn = (Math.PI * x) / CROSSINGS;
    table[i] = sinc * (0.42 + 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn));
  }
  return table;
}

/** PCM16, as the API takes it. */
export function toPcm16(samples) {
  return Int16Array.from(samples, (sample) => {
    const limited = Math.max(-1, Math.min(1, sample));
    return Math.round(limited * (limited < 0 ? 32_768 : 32_767));
  });
}
