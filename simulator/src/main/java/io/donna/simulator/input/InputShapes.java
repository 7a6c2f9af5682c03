package io.donna.simulator.input;

import io.donna.simulator.protocol.Shape;
import io.donna.simulator.protocol.Shape.Anything;
import io.donna.simulator.protocol.Shape.Choice;
import io.donna.simulator.protocol.Shape.Decimal;
import io.donna.simulator.protocol.Shape.Fields;
import io.donna.simulator.protocol.Shape.Flag;
import io.donna.simulator.protocol.Shape.OrNull;
import io.donna.simulator.protocol.Shape.Tagged;
import io.donna.simulator.protocol.Shape.Text;
import io.donna.simulator.protocol.Shape.Whole;
import java.util.Map;

/** Schemas of the audio that a session receives. */
public final class InputShapes {
  private static final Shape TEXT = new Text();
  private static final Shape ANYTHING = new Anything();
  private static final Shape FLAG = new Flag();

  /** The format of audio in either direction. */
  public static final Shape FORMAT =
      new Tagged(
          Map.of(
              "audio/pcm", Fields.object("type", TEXT, "rate", new Whole(24_000, 24_000)),
              "audio/pcmu", Fields.object("type", TEXT),
              "audio/pcma", Fields.object("type", TEXT)));

  private static final Shape TURN_DETECTION =
      new OrNull(
          new Tagged(
              Map.of(
                  "server_vad",
                  Fields.object(
                      "type",
                      TEXT,
                      "threshold",
                      new Decimal(0, 1),
                      "prefix_padding_ms",
                      new Whole(0, 10_000),
                      "silence_duration_ms",
                      new Whole(0, 10_000),
                      "idle_timeout_ms",
                      new OrNull(new Whole(5_000, 30_000)),
                      "create_response",
                      FLAG,
                      "interrupt_response",
                      FLAG),
                  "semantic_vad",
                  Fields.object(
                      "type",
                      TEXT,
                      "eagerness",
                      new Choice("low", "medium", "high", "auto"),
                      "create_response",
                      FLAG,
                      "interrupt_response",
                      FLAG))));
  private static final Shape TRANSCRIPTION =
      new OrNull(
          Fields.object(
              "model",
              TEXT,
              "language",
              new OrNull(TEXT),
              "prompt",
              new OrNull(TEXT),
              "delay",
              ANYTHING,
              "keywords",
              ANYTHING,
              "languages",
              ANYTHING));

  /** `audio.input` of a session. */
  public static final Shape AUDIO_INPUT =
      Fields.object(
          "format",
          FORMAT,
          "transcription",
          TRANSCRIPTION,
          "turn_detection",
          TURN_DETECTION,
          "noise_reduction",
          new OrNull(Fields.object("type", new Choice("near_field", "far_field"))));

  private InputShapes() {}
}
