package io.donna.simulator.live;

import io.donna.simulator.protocol.Shape;
import io.donna.simulator.protocol.Shape.Anything;
import io.donna.simulator.protocol.Shape.Choice;
import io.donna.simulator.protocol.Shape.Fields;
import io.donna.simulator.protocol.Shape.Flag;
import io.donna.simulator.protocol.Shape.Listing;
import io.donna.simulator.protocol.Shape.OrNull;
import io.donna.simulator.protocol.Shape.Rate;
import io.donna.simulator.protocol.Shape.Tagged;
import io.donna.simulator.protocol.Shape.Text;
import io.donna.simulator.protocol.Shape.TextOr;
import io.donna.simulator.protocol.Shape.Typed;
import io.donna.simulator.protocol.Shape.Whole;
import io.donna.simulator.protocol.Vocabulary;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Schemas of client data as the Live API documents it. */
final class LiveShapes {
  private static final Shape TEXT = new Text();
  private static final Shape ANYTHING = new Anything();
  private static final Shape FLAG = new Flag();
  private static final Shape OPTIONAL_TEXT = new OrNull(TEXT);

  private static final Shape FORMAT =
      new Tagged(
          Map.of(
              "audio/pcm", Fields.object("type", TEXT, "rate", new Rate(16_000, 24_000)),
              "audio/pcmu", Fields.object("type", TEXT, "rate", new Rate(8_000)),
              "audio/pcma", Fields.object("type", TEXT, "rate", new Rate(8_000))));

  private static final Choice VOICES =
      new Choice(
          "alloy",
          "ash",
          "ballad",
          "beacon",
          "bossa",
          "cedar",
          "cinder",
          "coral",
          "delta",
          "echo",
          "gleam",
          "marin",
          "meridian",
          "quartz",
          "ripple",
          "sage",
          "shida",
          "shimmer",
          "stone",
          "tempo",
          "verse",
          "vesper",
          "willow");

  private static final Fields AUDIO =
      Fields.object(
          "format",
          FORMAT,
          "output",
          Fields.object("voice", new TextOr(VOICES, Fields.required(List.of("id"), "id", TEXT))));

  private static final Typed TOOLS =
      new Typed(
          List.of(
              "apply_patch",
              "code_interpreter",
              "computer",
              "custom",
              "file_search",
              "function",
              "image_generation",
              "mcp",
              "namespace",
              "programmatic_tool_calling",
              "shell",
              "tool_search",
              "web_search"));

  private static final Object[] RESPONSES = {
    "model", TEXT,
    "instructions", OPTIONAL_TEXT,
    "max_output_tokens", new OrNull(new Whole(1, Integer.MAX_VALUE)),
    "parallel_tool_calls", new OrNull(FLAG),
    // The backend, not the session, refuses an effort that its model does not support.
    "reasoning", new OrNull(Fields.object("effort", OPTIONAL_TEXT, "summary", OPTIONAL_TEXT)),
    "service_tier",
        new OrNull(
            new Choice("auto", "default", "fast_tier_temp_pilot", "flex", "priority", "ultrafast")),
    "text", new OrNull(Fields.object("verbosity", new OrNull(new Choice("low", "medium", "high")))),
    "tool_choice", ANYTHING,
    "tools", new Listing(TOOLS)
  };

  private static final Listing QUESTIONS =
      new Listing(new Typed(List.of("choice", "predicate", "score")));

  private static final Listing TRIGGERS =
      new Listing(
          Fields.required(
              List.of("type", "event_type", "decisions"),
              "type",
              new Choice("decisions"),
              "event_type",
              new Choice("session.input_transcript.delta", "session.output_transcript.delta"),
              "decisions",
              Fields.required(List.of("questions"), "questions", QUESTIONS)));

  private static final Fields MESSAGE =
      Fields.required(
          List.of("role", "content"),
          "type",
          new Choice("message"),
          "id",
          OPTIONAL_TEXT,
          "status",
          new OrNull(new Choice("incomplete", "completed")),
          "role",
          new Choice("developer", "user", "assistant"),
          "content",
          new Listing(
              Fields.required(
                  List.of("text"),
                  "type",
                  new Choice("input_text", "text", "output_text"),
                  "text",
                  TEXT)));

  /** The schema of `session.start`'s session. */
  static final Fields START =
      Fields.required(
          List.of("model"),
          "model",
          TEXT,
          "instructions",
          OPTIONAL_TEXT,
          "input",
          new Listing(MESSAGE),
          "audio",
          AUDIO,
          "delegation",
          delegation(List.of("model"), List.of("model", "questions")),
          "triggers",
          TRIGGERS,
          "client",
          ANYTHING,
          "store",
          FLAG,
          "safety_identifier",
          OPTIONAL_TEXT);

  /** The schema of `session.update`'s session. */
  static final Fields UPDATE =
      Fields.object("delegation", delegation(List.of(), List.of()), "triggers", TRIGGERS);

  private static final Fields APPEND =
      Vocabulary.event(
          List.of("content", "delegation_id"), "content", TEXT, "delegation_id", OPTIONAL_TEXT);

  /** The client events of a primary WebSocket, in the order in which the API lists them. */
  static final Vocabulary VOCABULARY =
      vocabulary(
          "session.start", Vocabulary.event(List.of("session"), "session", ANYTHING),
          "session.update", Vocabulary.event(List.of("session"), "session", ANYTHING),
          "session.input_audio.append", Vocabulary.event(List.of("audio"), "audio", TEXT),
          "session.input_audio.mute", Vocabulary.event(List.of()),
          "session.input_audio.unmute", Vocabulary.event(List.of()),
          "session.output_audio.fixture.play", Vocabulary.event(List.of("audio"), "audio", TEXT),
          "session.instructions.append", APPEND,
          "session.thinking.append", APPEND,
          "session.commentary.append", APPEND,
          "decision.create", Vocabulary.event(List.of("event_id")),
          "decision.item.create", Vocabulary.event(List.of("item"), "item", new Shape.AnyObject()),
          "decision.item.delete", Vocabulary.event(List.of("item_id"), "item_id", TEXT),
          "response.item.create", Vocabulary.event(List.of("item"), "item", new Shape.AnyObject()),
          "response.create", Vocabulary.event(List.of()),
          "session.close", Vocabulary.event(List.of()));

  private LiveShapes() {}

  private static Shape delegation(List<String> ofResponses, List<String> ofDecisions) {
    Shape delay = new Whole(0, 60_000);
    boolean sparse = ofResponses.isEmpty();
    return new OrNull(
        new Tagged(
            Map.of(
                "client",
                Fields.object("type", TEXT, "acknowledgement_delay_ms", delay),
                "responses",
                Fields.required(
                    sparse ? List.of() : List.of("responses"),
                    "type",
                    TEXT,
                    "acknowledgement_delay_ms",
                    delay,
                    "responses",
                    Fields.required(ofResponses, RESPONSES)),
                "decisions",
                Fields.required(
                    sparse ? List.of() : List.of("decisions"),
                    "type",
                    TEXT,
                    "acknowledgement_delay_ms",
                    delay,
                    "decisions",
                    Fields.required(ofDecisions, "model", TEXT, "questions", QUESTIONS)))));
  }

  private static Vocabulary vocabulary(Object... typesAndShapes) {
    List<String> types = new ArrayList<>();
    Map<String, Fields> shapes = new HashMap<>();
    for (int i = 0; i < typesAndShapes.length; i += 2) {
      types.add((String) typesAndShapes[i]);
      shapes.put((String) typesAndShapes[i], withNullableId((Fields) typesAndShapes[i + 1]));
    }
    return new Vocabulary(List.copyOf(types), Map.copyOf(shapes), "is not accepted.");
  }

  /** An event's id may be null here, unless it is required. */
  private static Fields withNullableId(Fields event) {
    if (event.required().contains("event_id")) {
      return event;
    }
    Map<String, Shape> known = new HashMap<>(event.known());
    known.put("event_id", OPTIONAL_TEXT);
    return new Fields(Map.copyOf(known), event.required());
  }
}
