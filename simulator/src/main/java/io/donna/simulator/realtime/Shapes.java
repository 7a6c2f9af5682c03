package io.donna.simulator.realtime;

import io.donna.simulator.input.InputShapes;
import io.donna.simulator.protocol.Shape;
import io.donna.simulator.protocol.Shape.Anything;
import io.donna.simulator.protocol.Shape.Choice;
import io.donna.simulator.protocol.Shape.Decimal;
import io.donna.simulator.protocol.Shape.Encoded;
import io.donna.simulator.protocol.Shape.Fields;
import io.donna.simulator.protocol.Shape.Flag;
import io.donna.simulator.protocol.Shape.Listing;
import io.donna.simulator.protocol.Shape.OrNull;
import io.donna.simulator.protocol.Shape.Tagged;
import io.donna.simulator.protocol.Shape.Text;
import io.donna.simulator.protocol.Shape.TextOr;
import io.donna.simulator.protocol.Shape.Whole;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Schemas of client data as the API documents it: sessions, items and response options. */
final class Shapes {
  private static final Shape TEXT = new Text();
  private static final Shape ANYTHING = new Anything();
  private static final Shape FLAG = new Flag();
  private static final Shape MODALITIES = new Listing(new Choice("text", "audio"));
  private static final Shape MAX_TOKENS = new TextOr(new Choice("inf"), new Whole(1, 4_096));
  private static final Shape TOOLS =
      new Listing(
          new Tagged(
              Map.of(
                  "function",
                  Fields.required(
                      List.of("name"),
                      "type",
                      TEXT,
                      "name",
                      TEXT,
                      "description",
                      TEXT,
                      "parameters",
                      ANYTHING),
                  "mcp",
                  Fields.required(
                      List.of("server_label"),
                      "type",
                      TEXT,
                      "server_label",
                      TEXT,
                      "server_url",
                      TEXT,
                      "connector_id",
                      TEXT,
                      "authorization",
                      TEXT,
                      "headers",
                      ANYTHING,
                      "allowed_tools",
                      ANYTHING,
                      "require_approval",
                      ANYTHING,
                      "server_description",
                      TEXT))));
  private static final Shape TOOL_CHOICE =
      new TextOr(
          new Choice("auto", "none", "required"),
          new Tagged(
              Map.of(
                  "function", Fields.required(List.of("name"), "type", TEXT, "name", TEXT),
                  "mcp", Fields.object("type", TEXT, "server_label", TEXT, "name", TEXT))));
  private static final Shape AUDIO_OUTPUT =
      Fields.object(
          "format", InputShapes.FORMAT, "voice", ANYTHING, "speed", new Decimal(0.25, 1.5));

  static final Shape ITEM =
      new Tagged(
          Map.of(
              "message",
              Fields.required(
                  List.of("role", "content"),
                  "id",
                  TEXT,
                  "object",
                  TEXT,
                  "type",
                  TEXT,
                  "status",
                  TEXT,
                  "role",
                  new Choice("user", "assistant", "system"),
                  "content",
                  new Listing(content())),
              "function_call",
              Fields.required(
                  List.of("name", "arguments"),
                  "id",
                  TEXT,
                  "object",
                  TEXT,
                  "type",
                  TEXT,
                  "status",
                  TEXT,
                  "name",
                  TEXT,
                  "call_id",
                  TEXT,
                  "arguments",
                  TEXT),
              "function_call_output",
              Fields.required(
                  List.of("call_id", "output"),
                  "id",
                  TEXT,
                  "object",
                  TEXT,
                  "type",
                  TEXT,
                  "status",
                  TEXT,
                  "call_id",
                  TEXT,
                  "output",
                  TEXT),
              "mcp_approval_response",
              Fields.required(
                  List.of("approval_request_id", "approve"),
                  "id",
                  TEXT,
                  "type",
                  TEXT,
                  "approval_request_id",
                  TEXT,
                  "approve",
                  FLAG,
                  "reason",
                  new OrNull(TEXT))));

  static final Shape RESPONSE =
      Fields.object(
          "instructions",
          TEXT,
          "output_modalities",
          MODALITIES,
          "tools",
          TOOLS,
          "tool_choice",
          TOOL_CHOICE,
          "max_output_tokens",
          MAX_TOKENS,
          "audio",
          Fields.object("output", AUDIO_OUTPUT),
          "conversation",
          new Choice("auto", "none"),
          "input",
          new Listing(withReferences()),
          "metadata",
          new OrNull(ANYTHING),
          "prompt",
          ANYTHING,
          "reasoning",
          ANYTHING,
          "parallel_tool_calls",
          FLAG);

  /** The schema of a `session.update`. */
  static final Fields SESSION =
      Fields.required(
          List.of("type"),
          "type",
          new Choice("realtime"),
          "model",
          TEXT,
          "output_modalities",
          MODALITIES,
          "instructions",
          TEXT,
          "tools",
          TOOLS,
          "tool_choice",
          TOOL_CHOICE,
          "max_output_tokens",
          MAX_TOKENS,
          "tracing",
          ANYTHING,
          "truncation",
          ANYTHING,
          "prompt",
          ANYTHING,
          "include",
          ANYTHING,
          "parallel_tool_calls",
          FLAG,
          "reasoning",
          Fields.object("effort", new Choice("minimal", "low", "medium", "high", "xhigh")),
          "audio",
          Fields.object("input", InputShapes.AUDIO_INPUT, "output", AUDIO_OUTPUT));

  private Shapes() {}

  private static Shape content() {
    return new Tagged(
        Map.of(
            "input_text",
            Fields.required(List.of("text"), "type", TEXT, "text", TEXT),
            "output_text",
            Fields.required(List.of("text"), "type", TEXT, "text", TEXT),
            "input_audio",
            Fields.object("type", TEXT, "audio", new Encoded(), "transcript", new OrNull(TEXT)),
            "output_audio",
            Fields.object("type", TEXT, "audio", new Encoded(), "transcript", new OrNull(TEXT)),
            "input_image",
            Fields.required(
                List.of("image_url"), "type", TEXT, "image_url", TEXT, "detail", TEXT)));
  }

  private static Shape withReferences() {
    Map<String, Fields> kinds = new HashMap<>(((Tagged) ITEM).kinds());
    kinds.put("item_reference", Fields.required(List.of("id"), "type", TEXT, "id", TEXT));
    return new Tagged(kinds);
  }
}
