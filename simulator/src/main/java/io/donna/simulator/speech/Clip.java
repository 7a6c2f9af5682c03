package io.donna.simulator.speech;

/** A recording and its words: 16-bit samples, mono, 24 kHz. Nobody changes the samples. */
@SuppressWarnings("ArrayRecordComponent") // shared by all sessions, and compared by nobody
public record Clip(String name, String transcript, short[] samples) {

  public long millis() {
    return samples.length / 24L;
  }
}
