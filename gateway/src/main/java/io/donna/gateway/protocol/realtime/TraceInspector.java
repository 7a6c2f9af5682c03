package io.donna.gateway.protocol.realtime;

import io.donna.gateway.audit.ForeignText;
import io.donna.gateway.event.Event;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.event.JsonKey;
import io.donna.gateway.event.MemberSelection;
import io.donna.gateway.telemetry.GenerationTrace;
import io.donna.gateway.telemetry.GenerationTrace.End;
import io.donna.gateway.telemetry.UpstreamTrace;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Tells the trace of one upstream what it generates. Stands at the upstream's end of the chain,
 * where it sees every generation, whatever guards make of it, and stays until a kept upstream has
 * stated its usage. Passes everything on. Of each event it reads only names, IDs and numbers.
 * Confined to the session's event loop.
 */
public final class TraceInspector implements Inspector {
  private static final MemberSelection OF_SESSION =
      new MemberSelection(Map.of("session", MemberSelection.of("id", "model")));
  private static final MemberSelection OF_CREATED =
      new MemberSelection(
          Map.of("response", MemberSelection.of("id", "output_modalities", "modalities")));
  private static final MemberSelection OF_ITEM =
      new MemberSelection(Map.of("item", MemberSelection.of("type")));
  private static final MemberSelection OF_DONE =
      new MemberSelection(
          Map.of(
              "response",
              new MemberSelection(
                  Map.of(
                      "id", MemberSelection.INCLUDE_ALL,
                      "status", MemberSelection.INCLUDE_ALL,
                      "model", MemberSelection.INCLUDE_ALL,
                      "usage", MemberSelection.INCLUDE_ALL,
                      "status_details",
                          new MemberSelection(
                              Map.of(
                                  "reason",
                                  MemberSelection.INCLUDE_ALL,
                                  "error",
                                  MemberSelection.of("type", "code"))))),
              "usage",
              MemberSelection.INCLUDE_ALL));

  /** Generations that are followed at once; a session has one, rarely two. */
  private static final int MOST_RUNNING = 16;

  /** In bytes; a longer event is not parsed. */
  private static final int LARGEST = 1 << 18;

  /** Nothing that was said fits: no space, and no letters but ASCII's. */
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_.:-]{1,128}");

  private static final Pattern ERROR = Pattern.compile("[a-z][a-z0-9_]{0,63}");

  /** More than any model could use. */
  private static final long MAX_TOKENS = 1_000_000_000L;

  private static final String[] MODALITIES = {"text", "audio", "image"};

  /** A generation that has not ended. */
  private static final class Running {
    final GenerationTrace trace;
    boolean callsTool;

    Running(GenerationTrace trace) {
      this.trace = trace;
    }
  }

  private final Function<String, UpstreamTrace> open;
  private final Map<String, Running> running = new HashMap<>(2);
  private @Nullable UpstreamTrace trace;

  /** Whether the upstream announces its generations; if not, their first output is the sign. */
  private boolean announces;

  /**
   * An inspector for one upstream.
   *
   * @param open called when the upstream is open, with the model that it was asked for
   */
  public TraceInspector(Function<String, UpstreamTrace> open) {
    this.open = open;
  }

  @Override
  public void opened(String model) {
    trace = open.apply(ForeignText.of(model));
  }

  @Override
  public void fromUpstream(Event event, InspectorContext context) {
    if (trace != null) {
      read(event, trace);
    }
    context.toClient(event);
  }

  private void read(Event event, UpstreamTrace to) {
    switch (event.type()) {
      case SESSION_CREATED -> {
        JsonNode session = select(OF_SESSION, event).path("session");
        to.began(id(session.path("id")), name(session.path("model")));
      }
      case INPUT_AUDIO_BUFFER_SPEECH_STARTED -> to.speechStarted();
      case INPUT_AUDIO_BUFFER_SPEECH_STOPPED -> to.speechStopped();
      case RESPONSE_CREATED -> {
        announces = true;
        JsonNode response = select(OF_CREATED, event).path("response");
        begin(id(response.path("id")), outputType(response), to);
      }
      case RESPONSE_OUTPUT_AUDIO_DELTA,
          RESPONSE_AUDIO_DELTA,
          RESPONSE_OUTPUT_TEXT_DELTA,
          RESPONSE_TEXT_DELTA -> {
        if (!announces && running.isEmpty()) {
          begin(Optional.empty(), Optional.empty(), to);
        }
      }
      case RESPONSE_OUTPUT_ITEM_ADDED -> onItem(event);
      case RESPONSE_DONE -> onDone(select(OF_DONE, event));
      default -> {}
    }
  }

  private static JsonNode select(MemberSelection selection, Event event) {
    return event.length() <= LARGEST ? selection.from(event) : selection.nothing();
  }

  private static Optional<String> id(JsonNode value) {
    return Optional.of(value.asString("")).filter(text -> ID.matcher(text).matches());
  }

  private static Optional<String> name(JsonNode value) {
    return Optional.of(ForeignText.of(value.asString(""))).filter(text -> !text.isEmpty());
  }

  private static Optional<String> outputType(JsonNode response) {
    JsonNode modalities =
        response.has("output_modalities")
            ? response.path("output_modalities")
            : response.path("modalities");
    for (JsonNode modality : modalities) {
      if (modality.asString("").equals("audio")) {
        return Optional.of("speech");
      }
    }
    return modalities.isEmpty() ? Optional.empty() : Optional.of("text");
  }

  private void begin(Optional<String> id, Optional<String> outputType, UpstreamTrace to) {
    if (running.size() < MOST_RUNNING) {
      running.computeIfAbsent(id.orElse(""), _ -> new Running(to.generation(id, outputType)));
    }
  }

  private void onItem(Event event) {
    if (!running.isEmpty()
        && select(OF_ITEM, event).path("item").path("type").asString("").equals("function_call")) {
      Running generation = running.get(event.string(JsonKey.RESPONSE_ID).orElse(""));
      if (generation != null) {
        generation.callsTool = true;
      }
    }
  }

  private void onDone(JsonNode event) {
    JsonNode response = event.path("response");
    Running done = running.remove(id(response.path("id")).orElse(""));
    if (done == null) {
      done = running.remove(""); // its beginning had no ID
    }
    if (done == null) {
      return;
    }
    String status = response.path("status").asString("");
    JsonNode details = response.path("status_details");
    // xAI states usage beside the response.
    JsonNode usage =
        response.path("usage").isEmpty() ? event.path("usage") : response.path("usage");
    done.trace.ended(
        new End(
            finishReason(status, details.path("reason").asString(""), done.callsTool),
            status.equals("failed") ? Optional.of(error(details.path("error"))) : Optional.empty(),
            name(response.path("model")),
            usage(usage)));
  }

  /** By the GenAI conventions: an interruption's own reason, or {@code error} if it has none. */
  private static String finishReason(String status, String reason, boolean callsTool) {
    return switch (status) {
      case "completed" -> callsTool ? "tool_call" : "stop";
      case "incomplete" -> reason.equals("content_filter") ? reason : "length";
      case "cancelled" ->
          reason.equals("turn_detected") || reason.equals("client_cancelled") ? reason : "error";
      default -> "error";
    };
  }

  private static String error(JsonNode error) {
    for (String name : new String[] {"code", "type"}) {
      String value = error.path(name).asString("");
      if (ERROR.matcher(value).matches()) {
        return value;
      }
    }
    return "_OTHER";
  }

  private static Map<String, Long> usage(JsonNode usage) {
    Map<String, Long> counts = new HashMap<>();
    JsonNode input = usage.path("input_token_details");
    JsonNode cached = input.path("cached_tokens_details");
    JsonNode output = usage.path("output_token_details");
    put(counts, "input_tokens", usage.path("input_tokens"));
    put(counts, "output_tokens", usage.path("output_tokens"));
    put(counts, "cache_read.input_tokens", input.path("cached_tokens"));
    put(counts, "reasoning.output_tokens", output.path("reasoning_tokens"));
    for (String modality : MODALITIES) {
      String name = modality + "_tokens";
      put(counts, modality + ".input_tokens", input.path(name));
      put(counts, modality + ".cache_read.input_tokens", cached.path(name));
      put(counts, modality + ".output_tokens", output.path(name));
    }
    return counts;
  }

  private static void put(Map<String, Long> counts, String name, JsonNode value) {
    if (value.isIntegralNumber() && value.canConvertToLong()) {
      counts.put(name, Math.clamp(value.asLong(0), 0, MAX_TOKENS));
    }
  }

  @Override
  public void end() {
    End cutOff = new End("error", Optional.of("cut_off"), Optional.empty(), Map.of());
    running.values().forEach(generation -> generation.trace.ended(cutOff));
    running.clear();
    if (trace != null) {
      trace.ended();
      trace = null;
    }
  }
}
