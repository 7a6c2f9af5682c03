package io.donna.simulator.speech;

/**
 * A recording and its transcript: 16-bit samples, mono, 24 kHz. The samples must not be modified.
 */
@SuppressWarnings("ArrayRecordComponent") // shared by all sessions, never compared
public record Clip(String name, String transcript, short[] samples) {

  public long millis() {
    return samples.length / 24L;
  }
}
