package io.donna.simulator.input;

import io.donna.simulator.audio.AudioBuffer;
import io.donna.simulator.audio.AudioFormat;
import io.donna.simulator.audio.VoiceActivity;
import io.donna.simulator.protocol.Events;
import io.donna.simulator.protocol.ProtocolError;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The input audio buffer and the user's turns. A turn ends when the server detects its end or the
 * client commits the buffer. Confined to the session's event loop.
 */
public final class InputAudio {

  /** The settings of the session, which an update may change at any time. */
  public interface Settings {
    AudioFormat inputFormat();

    /** Empty if the client commits the buffer itself. */
    Optional<TurnDetection> turnDetection();
  }

  /** Receives the events of the user's turns. */
  public interface Listener {
    void speechStarted();

    /**
     * The buffer became an item. The listener adds it, and responds if the server detected the end
     * of the turn.
     */
    void committed(String itemId, short[] samples, AudioFormat format, boolean foundByServer);
  }

  /** The shortest audio that a client may commit. */
  private static final int LEAST_MILLIS = 100;

  /**
   * Without speech, only this much audio and the prefix is kept, which keeps idle sessions small.
   */
  private static final int KEPT_SILENCE_MILLIS = 1_000;

  private final Settings settings;
  private final Events events;
  private final Supplier<@Nullable String> lastItemId;
  private final Listener listener;
  private final VoiceActivity voice = new VoiceActivity();
  private final AudioBuffer buffer = new AudioBuffer();
  private AudioFormat format;
  private String itemId;

  public InputAudio(
      Settings settings, Events events, Supplier<@Nullable String> lastItemId, Listener listener) {
    this.settings = settings;
    this.events = events;
    this.itemId = events.ids().item();
    this.lastItemId = lastItemId;
    this.listener = listener;
    this.format = settings.inputFormat();
  }

  public Optional<ProtocolError> append(String base64) {
    if (format != settings.inputFormat()) {
      format = settings.inputFormat();
      buffer.take();
      voice.reset();
    }
    byte[] wire;
    try {
      wire = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException notBase64) {
      return Optional.of(notAudio());
    }
    if (!format.wholeSamples(wire)) {
      return Optional.of(notAudio());
    }
    short[] samples = format.decode(wire);
    settings.turnDetection().ifPresentOrElse(turn -> hear(samples, turn), () -> keep(samples));
    return Optional.empty();
  }

  public Optional<ProtocolError> commit() {
    long millis = format.millis(buffer.length());
    if (millis < LEAST_MILLIS) {
      String message =
          "Error committing input audio buffer: buffer too small. Expected at least 100ms of"
              + " audio, but buffer only has "
              + millis
              + ".00ms of audio.";
      return Optional.of(ProtocolError.invalidRequest("input_audio_buffer_commit_empty", message));
    }
    voice.reset();
    take(false);
    return Optional.empty();
  }

  public void clear() {
    buffer.take();
    voice.reset();
    events.send("input_audio_buffer.cleared", event -> {});
  }

  /** Commits the silence as the user's turn after the idle timeout. */
  public void timeOut() {
    if (voice.speaking()) {
      return;
    }
    events.send(
        "input_audio_buffer.timeout_triggered",
        event ->
            event
                .put("audio_start_ms", format.millis(start()))
                .put("audio_end_ms", format.millis(buffer.position()))
                .put("item_id", itemId));
    take(false);
  }

  private void keep(short[] samples) {
    for (short sample : samples) {
      buffer.append(sample);
    }
  }

  private void hear(short[] samples, TurnDetection turn) {
    for (short sample : samples) {
      buffer.append(sample);
      hear(sample, turn);
    }
    if (!voice.speaking()) {
      buffer.keepLast(format.samples(turn.prefixMillis() + KEPT_SILENCE_MILLIS));
    }
  }

  private void hear(short sample, TurnDetection turn) {
    switch (voice.hear(sample, format, turn.threshold(), turn.silenceMillis())) {
      case STARTED -> {
        buffer.keepLast(format.samples(turn.prefixMillis() + VoiceActivity.onsetMillis()));
        sendSpeech("input_audio_buffer.speech_started", "audio_start_ms", start());
        listener.speechStarted();
      }
      case STOPPED -> {
        sendSpeech("input_audio_buffer.speech_stopped", "audio_end_ms", buffer.position());
        take(true);
      }
      case NONE -> {}
    }
  }

  private long start() {
    return buffer.position() - buffer.length();
  }

  private void sendSpeech(String type, String name, long position) {
    events.send(type, event -> event.put(name, format.millis(position)).put("item_id", itemId));
  }

  /** Turns the buffer into an item and prepares for the next turn. */
  private void take(boolean foundByServer) {
    String committed = itemId;
    short[] samples = buffer.take();
    events.send(
        "input_audio_buffer.committed",
        event -> event.put("previous_item_id", lastItemId.get()).put("item_id", committed));
    itemId = events.ids().item();
    listener.committed(committed, samples, format, foundByServer);
  }

  private ProtocolError notAudio() {
    return ProtocolError.invalidValue(
        "audio", "Invalid 'audio'. Expected base64-encoded audio bytes (" + format + ").");
  }
}
