package io.donna.simulator.realtime;

import io.donna.simulator.input.TurnDetection;
import io.donna.simulator.protocol.Events;
import io.donna.simulator.protocol.Json;
import io.donna.simulator.protocol.Pace;
import io.donna.simulator.protocol.ProtocolError;
import io.donna.simulator.speech.Repertoire;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The responses of a session: at most one in the conversation, and any number outside it. Confined
 * to the session's event loop.
 */
final class Responses {
  private static final Duration RATE_LIMITS_LATER = Duration.ofMillis(43);
  private static final int TOKENS_PER_MINUTE = 15_000_000;

  private final SessionSettings settings;
  private final Conversation conversation;
  private final Events events;
  private final Pace pace;
  private final Consumer<String> journal;
  private final Runnable onIdle;
  private final Author author = new Author();
  private final Map<String, Response> running = new LinkedHashMap<>();
  private Tokens seen = Tokens.NONE;
  private boolean spoken;
  private @Nullable Future<?> idleTimer;

  /**
   * @param onIdle called when the user stays silent for the idle timeout after a response
   */
  Responses(
      SessionSettings settings,
      Conversation conversation,
      Events events,
      Pace pace,
      Consumer<String> journal,
      Runnable onIdle) {
    this.settings = settings;
    this.conversation = conversation;
    this.events = events;
    this.pace = pace;
    this.journal = journal;
    this.onIdle = onIdle;
  }

  boolean haveSpoken() {
    return spoken || running.values().stream().anyMatch(Response::hasSpoken);
  }

  Optional<ProtocolError> create(ObjectNode own) {
    ResponseOptions options = new ResponseOptions(settings.json(), own);
    Optional<Response> active = active();
    if (options.inConversation() && active.isPresent()) {
      return Optional.of(
          ProtocolError.invalidRequest(
              "conversation_already_has_active_response",
              "Conversation already has an active response in progress: %s. Wait until the response is finished before creating a new one."
                  .formatted(active.get().id())));
    }
    List<Item> input = options.input().map(this::items).orElseGet(conversation::items);
    start(options, author.reply(options, input), input);
    return Optional.empty();
  }

  Optional<ProtocolError> cancel(Optional<String> id) {
    Optional<Response> response =
        id.map(running::get).or(() -> id.isEmpty() ? active() : Optional.empty());
    response.ifPresent(it -> it.cancel("client_cancelled"));
    return response.isPresent()
        ? Optional.empty()
        : Optional.of(
            ProtocolError.invalidRequest(
                "response_cancel_not_active", "Cancellation failed: no active response found"));
  }

  /** Handles the start of speech: cancels the active response if `interrupt_response` is set. */
  void userSpeaks() {
    stopWaiting();
    if (settings.turnDetection().filter(TurnDetection::interruptResponse).isPresent()) {
      active().ifPresent(response -> response.cancel("turn_detected"));
    }
  }

  /** Handles the end of a turn: creates a response if `create_response` is set. */
  void answerTurn() {
    boolean wanted = settings.turnDetection().filter(TurnDetection::createResponse).isPresent();
    if (wanted && active().isEmpty()) {
      var _ = create(Json.object());
    }
  }

  void askStillThere() {
    if (active().isEmpty()) {
      ResponseOptions options = new ResponseOptions(settings.json(), Json.object());
      start(options, author.stillThere(options), conversation.items());
    }
  }

  void abandon() {
    running.values().forEach(Response::abandon);
    running.clear();
  }

  private Optional<Response> active() {
    return running.values().stream()
        .filter(response -> response.options().inConversation())
        .findFirst();
  }

  private void start(ResponseOptions options, Reply reply, List<Item> input) {
    stopWaiting();
    Tokens read = Tokens.ofText(options.instructions());
    if (!options.tools().isEmpty()) {
      read = read.plus(Tokens.ofText(Json.write(options.tools())));
    }
    for (Item item : input) {
      read = read.plus(item.tokens());
    }
    Spending.Input cost = new Spending.Input(read, read.cachedFrom(seen));
    Response response = new Response(options, reply, cost, conversation, events, pace, this::done);
    running.put(response.id(), response);
    response.start();
  }

  private void done(Response response) {
    running.remove(response.id());
    spoken |= response.hasSpoken();
    seen = response.spending().seen();
    journal.accept(
        switch (response.reply()) {
          case Reply.Written(String text) -> "wrote: " + text;
          case Reply.Spoken(var clips) -> "said: " + Repertoire.transcript(clips);
          case Reply.Call(String name, String arguments) -> "called " + name + " " + arguments;
        });
    pace.after(RATE_LIMITS_LATER, () -> sendRateLimits(response));
    settings
        .turnDetection()
        .flatMap(TurnDetection::idleTimeout)
        .filter(timeout -> response.options().inConversation())
        .ifPresent(
            timeout -> idleTimer = pace.after(timeout.plus(response.stillPlaying()), onIdle));
  }

  private void sendRateLimits(Response response) {
    int used = response.spending().seen().total();
    events.send(
        "rate_limits.updated",
        event ->
            event
                .putArray("rate_limits")
                .addObject()
                .put("name", "tokens")
                .put("limit", TOKENS_PER_MINUTE)
                .put("remaining", TOKENS_PER_MINUTE - used)
                .put("reset_seconds", Math.round(60_000.0 * used / TOKENS_PER_MINUTE) / 1_000.0));
  }

  private void stopWaiting() {
    if (idleTimer != null) {
      idleTimer.cancel(false);
      idleTimer = null;
    }
  }

  /** A response's own input: full items, and references to items of the conversation. */
  private List<Item> items(JsonNode input) {
    return input
        .valueStream()
        .flatMap(node ->
            "item_reference".equals(node.path("type").asString(""))
                ? conversation.find(node.path("id").asString("")).stream()
                : Stream.of(Item.from((ObjectNode) node, settings.inputFormat(), events.ids())))
        .toList();
  }
}
