package io.donna.simulator.live;

import io.donna.simulator.protocol.Json;
import io.donna.simulator.protocol.Pace;
import io.donna.simulator.protocol.ProtocolError;
import io.donna.simulator.speech.Clip;
import io.donna.simulator.speech.Hum;
import io.donna.simulator.speech.Repertoire;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The Responses model to which a session delegates: one chain of responses at a time, each a few
 * steps on the timeline. What it answers is spoken. Confined to the session's event loop.
 */
final class ResponsesBackend {
  private static final int MOST_ITEMS = 128;
  private static final int MOST_BYTES = 32_768;
  private static final Set<String> EFFORTS =
      Set.of("none", "minimal", "low", "medium", "high", "xhigh");

  /** Recorded: the times after a delegation at which a function call shows. */
  private static final long BEGUN_MILLIS = 200;

  private static final long CALL_ADDED_MILLIS = 1_551;
  private static final long ARGUMENTS_DONE_MILLIS = 1_788;
  private static final long CALL_DONE_MILLIS = 1_822;
  private static final long SEARCHED_MILLIS = 700;
  private static final long ANSWERED_MILLIS = 1_000;

  private final SessionObject session;
  private final LiveEvents events;
  private final Timeline timeline;
  private final Pace pace;
  private final Consumer<List<Clip>> voice;
  private final Repertoire repertoire = new Repertoire();
  private final Deque<Runnable> steps = new ArrayDeque<>();
  private final Set<String> unanswered = new HashSet<>();
  private Optional<JsonNode> lastItem = Optional.empty();
  private int stepsRun;
  private int items;
  private int bytes;
  private @Nullable String delegationId;
  private boolean queued;

  /**
   * @param voice says what the backend answers
   */
  ResponsesBackend(
      SessionObject session,
      LiveEvents events,
      Timeline timeline,
      Pace pace,
      Consumer<List<Clip>> voice) {
    this.session = session;
    this.events = events;
    this.timeline = timeline;
    this.pace = pace;
    this.voice = voice;
  }

  /** Begins a chain for what the user said; empty words if that is not known. */
  void delegate(String words) {
    if (active() || !unanswered.isEmpty()) {
      return;
    }
    lastItem = Optional.empty();
    begin(words, null);
  }

  /** Adds an input item of the client's. */
  Optional<ProtocolError> addItem(JsonNode item, @Nullable String eventId) {
    Optional<ProtocolError> error = inResponsesMode("response.item.create");
    if (error.isPresent()) {
      return error;
    }
    int size = Json.write(item).getBytes(StandardCharsets.UTF_8).length;
    if (items + 1 > MOST_ITEMS || bytes + size > MOST_BYTES) {
      events.sendError(
          ProtocolError.invalidRequest(
              "response_input_buffer_full",
              "Backend response input history is limited to %d items and %d UTF-8 bytes per session."
                  .formatted(MOST_ITEMS, MOST_BYTES),
              "item"),
          eventId);
      return unanswered.isEmpty() ? Optional.empty() : Optional.of(outputsRequired());
    }
    items++;
    bytes += size;
    lastItem = Optional.of(item);
    unanswered.remove(item.path("call_id").asString(""));
    return Optional.empty();
  }

  /** Continues the chain with the outputs of its calls, or begins one with the client's items. */
  Optional<ProtocolError> create(@Nullable String eventId) {
    Optional<ProtocolError> error = inResponsesMode("response.create");
    if (error.isPresent()) {
      return error;
    }
    if (!unanswered.isEmpty()) {
      return Optional.of(outputsRequired());
    }
    if (active()) {
      queued = true;
    } else {
      begin("", eventId);
    }
    return Optional.empty();
  }

  /** Lets the active response end at once, and cancels what is queued. */
  void finish() {
    queued = false;
    while (active()) {
      runStep();
    }
  }

  private boolean active() {
    return !steps.isEmpty();
  }

  private void begin(String words, @Nullable String eventId) {
    JsonNode settings = session.backend();
    String effort = settings.at("/reasoning/effort").asString("none");
    if (!EFFORTS.contains(effort)) {
      events.sendError(
          ProtocolError.invalidRequest(
              "unsupported_value",
              "Unsupported value: '%s' is not supported with the '%s' model."
                  .formatted(effort, settings.path("model").asString("")),
              "reasoning.effort"),
          eventId);
      return;
    }
    String responseId = events.ids().hexadecimal("resp_");
    boolean continued =
        lastItem.filter(ResponsesBackend::isOutput).isPresent() && delegationId != null;
    if (!continued) {
      String id = events.ids().item();
      delegationId = id;
      events.sendIdLast(
          "session.delegation.created",
          eventId,
          event ->
              DelegationEvent.describe(event, timeline.millis(), id, "responses")
                  .put("response_id", responseId));
    }
    BackendResponse response =
        new BackendResponse(
            responseId, settings, pace.now().getEpochSecond(), events, delegationId, lastItem);
    String said =
        lastItem.filter(item -> !isOutput(item)).map(ResponsesBackend::text).orElse(words);
    plan(response, said, continued);
  }

  private void plan(BackendResponse response, String said, boolean continued) {
    step(BEGUN_MILLIS, response::begin);
    Optional<JsonNode> function = continued ? Optional.empty() : response.function(said);
    if (function.isPresent()) {
      response.call(function.get(), said);
      step(CALL_ADDED_MILLIS, response::addCall);
      step(ARGUMENTS_DONE_MILLIS, response::finishArguments);
      step(CALL_DONE_MILLIS, response::finishCall);
      step(
          CALL_DONE_MILLIS,
          () -> {
            unanswered.add(response.callId());
            response.complete();
            next();
          });
      return;
    }
    if (!continued && response.searches()) {
      step(SEARCHED_MILLIS, response::search);
    }
    List<Clip> answer = answer(said, continued);
    step(
        ANSWERED_MILLIS,
        () -> {
          response.answer(Repertoire.transcript(answer));
          response.complete();
          // Recorded: the voice begins 9 ms to 72 ms after the backend's answer.
          voice.accept(answer);
          next();
        });
  }

  private List<Clip> answer(String said, boolean continued) {
    if (continued) {
      return repertoire.toolAnswered();
    }
    return Repertoire.dictation(said)
        .map(dictated -> List.of(Hum.of(dictated)))
        .orElseGet(() -> repertoire.speak(said));
  }

  private void next() {
    if (queued) {
      queued = false;
      timeline.after(0, () -> begin("", null));
    }
  }

  /** Adds a step that is due on the timeline. Steps run in their order, and each once. */
  private void step(long waitMillis, Runnable action) {
    steps.add(action);
    int number = stepsRun + steps.size();
    timeline.after(
        waitMillis,
        () -> {
          if (number > stepsRun) {
            runStep();
          }
        });
  }

  private void runStep() {
    stepsRun++;
    steps.remove().run();
  }

  private Optional<ProtocolError> inResponsesMode(String type) {
    return "responses".equals(session.delegationType())
        ? Optional.empty()
        : Optional.of(
            ProtocolError.invalidRequest(
                "invalid_event", type + " requires Responses delegation.", "type"));
  }

  private ProtocolError outputsRequired() {
    return ProtocolError.invalidRequest(
        "function_call_outputs_required",
        "Outputs are required for the function calls: "
            + unanswered.stream().sorted().collect(Collectors.joining(", ")));
  }

  private static boolean isOutput(JsonNode item) {
    return item.path("type").asString("").endsWith("_output");
  }

  private static String text(JsonNode message) {
    JsonNode content = message.path("content");
    return content.isString()
        ? content.stringValue()
        : content
            .valueStream()
            .map(part -> part.path("text").asString(""))
            .collect(Collectors.joining(" "));
  }
}
