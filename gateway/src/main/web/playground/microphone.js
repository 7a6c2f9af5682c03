// The microphone: chunks of PCM16 at 24 kHz, in base64 as the API takes them.

export class Microphone {
  #stream;
  #context;
  #listener;

  /** @param listener told each chunk and its level, and that the device is gone */
  constructor(listener) {
    this.#listener = listener;
  }

  get isOn() {
    return this.#stream !== undefined;
  }

  /** Rejects where there is no microphone or no permission. */
  async start() {
    if (!navigator.mediaDevices) throw new DOMException('', 'SecurityError');
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
    this.#stream = stream;
    // At the device's own rate: not every browser converts a microphone to that of its context.
    this.#context = new AudioContext();
    await this.#context.audioWorklet.addModule(new URL('capture.js', import.meta.url));
    if (this.#stream !== stream) return; // stopped meanwhile
    const capture = new AudioWorkletNode(this.#context, 'capture');
    capture.port.onmessage = ({ data }) => {
      if (this.isOn) this.#listener.chunk(encode(data), level(data));
    };
    stream.getAudioTracks()[0].onended = () => {
      this.stop();
      this.#listener.gone();
    };
    // A node that leads nowhere is not run in every browser; this one writes silence.
    this.#context.createMediaStreamSource(stream).connect(capture).connect(this.#context.destination);
  }

  stop() {
    this.#stream?.getTracks().forEach((track) => {
      track.onended = null;
      track.stop();
    });
    this.#context?.close();
    this.#stream = undefined;
    this.#context = undefined;
  }
}

function encode(samples) {
  const view = new DataView(new ArrayBuffer(2 * samples.length));
  samples.forEach((sample, i) => view.setInt16(2 * i, sample, true));
  return btoa(String.fromCharCode(...new Uint8Array(view.buffer)));
}

/** 0 for silence, 1 for loud speech. */
function level(samples) {
  const power = samples.reduce((sum, sample) => sum + (sample / 32_768) ** 2, 0) / samples.length;
  return Math.min(1, Math.sqrt(power) * 5);
}
