package io.donna.simulator.live;

import io.donna.simulator.audio.AudioFormat;
import io.donna.simulator.protocol.ProtocolError;
import io.donna.simulator.speech.Clip;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Audio of the client's that plays in place of the model's voice. What the user says meanwhile is
 * dropped. Confined to the session's event loop.
 */
final class FixturePlayback {
  private static final int MOST_SECONDS = 30;

  private final LiveEvents events;
  private final OutputSpeech voice;
  private boolean playing;
  private @Nullable String eventId;

  FixturePlayback(LiveEvents events, OutputSpeech voice) {
    this.events = events;
    this.voice = voice;
  }

  boolean playing() {
    return playing;
  }

  /** Plays mono PCM16 audio at 24 kHz, whatever the session's format. */
  Optional<ProtocolError> play(String base64, @Nullable String clientEventId) {
    if (playing) {
      return Optional.of(
          ProtocolError.invalidRequest("invalid_event", "An audio fixture is already playing."));
    }
    byte[] wire;
    try {
      wire = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException notBase64) {
      return Optional.of(notAudio());
    }
    if (wire.length == 0
        || !AudioFormat.PCM.wholeSamples(wire)
        || wire.length / 2 > MOST_SECONDS * AudioFormat.PCM.rate()) {
      return Optional.of(notAudio());
    }
    playing = true;
    eventId = clientEventId;
    voice.interrupt();
    voice.say(List.of(new Clip("fixture", "", AudioFormat.PCM.decode(wire))));
    events.sendIdLast("session.output_audio.fixture.playing", eventId, event -> {});
    return Optional.empty();
  }

  /** Ends the fixture when it has played. */
  void passed() {
    if (playing && !voice.speaking()) {
      playing = false;
      events.sendIdLast("session.output_audio.fixture.played", eventId, event -> {});
    }
  }

  private static ProtocolError notAudio() {
    return ProtocolError.invalidValue(
        "audio",
        "Invalid 'audio'. Expected at most 30 seconds of PCM16 audio at 24 kHz in base64.");
  }
}
