package io.donna.gateway.metering;

import io.donna.gateway.policy.Budgets;
import io.donna.gateway.policy.Closures;
import io.donna.gateway.policy.Refusal;
import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.EventId;
import io.donna.gateway.realtime.EventType;
import io.donna.gateway.realtime.Inspector;
import io.donna.gateway.realtime.Key;
import io.donna.gateway.realtime.Passage;
import io.donna.gateway.realtime.Replies;
import io.donna.gateway.websocket.CloseReason;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Meters one upstream: reserves the cost of what is asked for, reads what the upstream states of
 * its work, and puts it on the session's bill. Audio and words are counted by their bytes and
 * events; only what comes once a response is opened. Confined to the session's event loop.
 */
public final class Meter implements Inspector {
  private static final Picked OF_RESPONSE =
      new Picked(
          Map.of(
              "response", Picked.of("id", "status", "usage", "model", "conversation_id"),
              "usage", Picked.INCLUDE_ALL,
              "event_id", Picked.INCLUDE_ALL));
  private static final Picked OF_TRANSCRIPTION = Picked.of("item_id", "content_index", "usage");
  private static final Picked OF_SPEECH = Picked.of("item_id", "audio_start_ms", "audio_end_ms");

  private static final CloseReason TOO_MUCH_OPEN =
      new CloseReason(CloseReason.INTERNAL_ERROR, "Upstream exceeds the protocol");

  private static final Picked OF_ITEM = new Picked(Map.of("item", Picked.of("id", "type")));

  /** What an upstream adds by itself of what another server said. */
  private static final Set<String> OF_MCP_SERVERS = Set.of("mcp_list_tools", "mcp_call");

  /** An item as the upstream echoes it has as much around its content, in bytes. */
  private static final int ITEM_ENVELOPE = 200;

  /** What is longer goes on unread. */
  private static final int LARGEST_ERROR = 1 << 16;

  private static final JsonMapper MAPPER = JsonMapper.shared();

  private final Bill bill;
  private final Terms terms;
  private final InputAudio input = new InputAudio();
  private final ContextSize context = new ContextSize();
  private final StatedSession session;
  private final Responses responses;
  private final Transcriptions transcriptions;

  /** Items of MCP servers that the context has. */
  private final Billed heardOfServers = new Billed();

  /** Where it goes away before it has, nothing that was asked for has reached it. */
  private boolean upstreamHasSpoken;

  private @Nullable Passage upstream;
  private boolean settling;

  /** The client went in the middle of a turn, which the upstream may have ended before it knew. */
  private boolean turnMayEnd;

  private String barrier = "";

  /** While something is asked for: the next look whether the upstream has lost it. */
  private @Nullable ScheduledFuture<?> lostLook;

  Meter(Bill bill, int connection, String model, Terms terms) {
    this.bill = bill;
    this.terms = terms;
    this.session = new StatedSession(Texts.name(model), input);
    this.responses = new Responses(bill, connection, session, context, input, terms);
    this.transcriptions = new Transcriptions(bill, connection, terms, session, input, context);
  }

  /** The upstream was asked for {@code model}, which prices its work until it names another. */
  @Override
  public void opened(String model) {
    String name = Texts.name(model);
    session.setModel(name);
    bill.setModel(name);
  }

  @Override
  public void fromClient(Event event, Passage passage) {
    if (settling) {
      return; // nobody is there to ask for more
    }
    switch (event.type()) {
      case RESPONSE_CREATE -> {
        passOrRefuse(responses.ask(event, now(passage)), event, passage);
        watchForLost(passage);
      }
      case INPUT_AUDIO_BUFFER_COMMIT -> {
        passOrRefuse(transcriptions.commit(event, now(passage)), event, passage);
        watchForLost(passage);
      }
      default -> {
        count(event);
        passage.toUpstream(event);
      }
    }
  }

  private static long now(Passage passage) {
    return passage.eventLoop().ticker().nanoTime();
  }

  /** What is set aside for a request that the upstream has lost, others of the budget wait for. */
  private void watchForLost(Passage passage) {
    boolean asked = responses.hasAsked() || transcriptions.hasAsked();
    if (asked && terms.seesClient() && lostLook == null) {
      lostLook =
          passage
              .eventLoop()
              .schedule(
                  () -> forgetLost(passage), Responses.LOST_AFTER_NANOS, TimeUnit.NANOSECONDS);
    }
  }

  private void forgetLost(Passage passage) {
    lostLook = null;
    responses.forgetLost(now(passage));
    transcriptions.forgetLost(now(passage));
    watchForLost(passage);
  }

  /** Nearly all that clients send is speech. */
  @Override
  public void passedUnseen(int bytes) {
    input.append(bytes);
  }

  /** What the next response will read. */
  private void count(Event event) {
    switch (event.type()) {
      case INPUT_AUDIO_BUFFER_APPEND -> input.append(Math.max(0, event.lengthOfString(Key.AUDIO)));
      case INPUT_AUDIO_BUFFER_CLEAR -> input.askToClear();
      case CONVERSATION_ITEM_CREATE ->
          context.add(ContextSize.of(Contents.of(event), input.bytesASecond()));
      case SESSION_UPDATE, TRANSCRIPTION_SESSION_UPDATE -> {
        session.ask(event);
        context.session(event.length());
      }
      default -> {}
    }
  }

  private static void passOrRefuse(Optional<Reserving> refusal, Event event, Passage passage) {
    if (refusal.isPresent()) {
      refuse(event, refusal.get(), passage);
    } else {
      passage.toUpstream(event);
    }
  }

  private static void refuse(Event event, Reserving why, Passage passage) {
    switch (why) {
      case Reserving.Reserved(var _) -> throw new IllegalArgumentException("not refused");
      case Reserving.UsedUp(var budget) -> {
        Refusal usedUp = Budgets.usedUp(budget);
        passage.end(Replies.gatewayError(usedUp.code(), usedUp.message()), Closures.BUDGET);
      }
      case Reserving.InUse(var budget) ->
          passage.refuse(
              event,
              "budget_in_use",
              "What is left of the budget of %s is reserved for responses in flight."
                  .formatted(budget));
      case Reserving.TooMany(int most) ->
          passage.refuse(
              event,
              "too_many_responses",
              "You have as many in flight as you may have at once: %d.".formatted(most));
    }
  }

  @Override
  public void fromUpstream(Event event, Passage passage) {
    upstreamHasSpoken = true;
    if (event.type() == EventType.ERROR) {
      onError(event, passage);
    } else {
      read(event, passage);
      passage.toClient(event);
    }
    if (settling && !isOwed()) {
      passage.release();
    }
  }

  private void read(Event event, Passage passage) {
    switch (event.type()) {
      case RESPONSE_OUTPUT_AUDIO_DELTA, RESPONSE_AUDIO_DELTA ->
          responses.speak(Math.max(0, event.lengthOfString(Key.DELTA)));
      case RESPONSE_OUTPUT_AUDIO_TRANSCRIPT_DELTA,
          RESPONSE_AUDIO_TRANSCRIPT_DELTA,
          RESPONSE_OUTPUT_TEXT_DELTA,
          RESPONSE_TEXT_DELTA,
          RESPONSE_FUNCTION_CALL_ARGUMENTS_DELTA,
          RESPONSE_MCP_CALL_ARGUMENTS_DELTA ->
          responses.say();
      case SESSION_CREATED, SESSION_UPDATED, TRANSCRIPTION_SESSION_UPDATED -> {
        session.learn(event);
        context.stated(event.length());
      }
      case CONVERSATION_ITEM_ADDED, CONVERSATION_ITEM_CREATED -> {
        if (!terms.seesClient()) {
          context.add(ContextSize.text(Math.max(0, event.length() - ITEM_ENVELOPE)));
        }
      }
      case CONVERSATION_ITEM_DONE, RESPONSE_OUTPUT_ITEM_DONE -> countServers(event);
      case RESPONSE_MCP_CALL_COMPLETED, RESPONSE_MCP_CALL_FAILED -> responses.expectToolResult();
      case RESPONSE_CREATED -> onCreated(OF_RESPONSE.from(event).path("response"), passage);
      case RESPONSE_DONE -> onDone(OF_RESPONSE.from(event), passage);
      case INPUT_AUDIO_BUFFER_SPEECH_STARTED ->
          input.speechStarted(OF_SPEECH.from(event).path("audio_start_ms").asLong(-1));
      case INPUT_AUDIO_BUFFER_SPEECH_STOPPED, INPUT_AUDIO_BUFFER_TIMEOUT_TRIGGERED -> {
        responses.expectTurn();
        JsonNode stopped = OF_SPEECH.from(event);
        input.speechStopped(
            Texts.id(stopped.path("item_id")), stopped.path("audio_end_ms").asLong(-1));
      }
      case INPUT_AUDIO_BUFFER_COMMITTED -> onCommitted(event, passage);
      case INPUT_AUDIO_BUFFER_CLEARED -> {
        input.cleared();
        turnMayEnd = false;
      }
      case CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED ->
          onTranscribed(OF_TRANSCRIPTION.from(event), passage);
      case CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED ->
          transcriptions.fail(event.string(Key.ITEM_ID).orElse(""));
      default -> {}
    }
  }

  /** No client has made it, and no response has put it out, but the next one will read it. */
  private void countServers(Event event) {
    JsonNode item = OF_ITEM.from(event).path("item");
    if (OF_MCP_SERVERS.contains(item.path("type").asString(""))) {
      String id = Texts.id(item.path("id"));
      if (id.isEmpty() || heardOfServers.add(id)) {
        context.add(ContextSize.text(event.length()));
      }
    }
  }

  private void onCreated(JsonNode response, Passage passage) {
    String id = Texts.id(response.path("id"));
    if (id.isEmpty() || isTooLong(id, passage)) {
      return;
    }
    boolean wasAsked = responses.begin(id, response);
    if (responses.isFull()) {
      endExcessive("too many responses", passage);
    } else if (settling) {
      cancel(id);
    } else if (terms.gatesTurns() && !wasAsked) {
      passage.toUpstream(cancelOf(id));
    }
  }

  private void onDone(JsonNode event, Passage passage) {
    JsonNode response = event.path("response");
    String id =
        Texts.firstOf(
            Texts.id(response.path("id")), Texts.id(event.path("event_id")), bill.newId());
    if (!isTooLong(id, passage)) {
      // xAI states it beside the response.
      boolean isInside = StatedUsage.isStated(response.path("usage"));
      responses.finish(id, response, isInside ? response.path("usage") : event.path("usage"));
    }
  }

  private void onCommitted(Event event, Passage passage) {
    if (event.lengthOfString(Key.ITEM_ID) > Texts.LONGEST_ID) {
      endExcessive("an id of more than 1024 bytes", passage);
    } else {
      transcriptions.committed(event.string(Key.ITEM_ID).orElse(""));
    }
  }

  private void onTranscribed(JsonNode event, Passage passage) {
    String item = Texts.firstOf(Texts.id(event.path("item_id")), bill.newId());
    if (!isTooLong(item, passage)) {
      transcriptions.finish(item, event.path("content_index").asLong(0), event.path("usage"));
    }
  }

  private boolean isTooLong(String id, Passage passage) {
    if (Texts.isTooLong(id)) {
      endExcessive("an id of more than 1024 bytes", passage);
      return true;
    }
    return false;
  }

  /** An upstream of which more would have to be remembered than any conversation needs. */
  private void endExcessive(String what, Passage passage) {
    if (settling) {
      passage.release();
    } else {
      passage.end(
          Replies.gatewayError("upstream_excessive", "The upstream has sent " + what + "."),
          TOO_MUCH_OPEN);
    }
  }

  private void onError(Event event, Passage passage) {
    Optional<ObjectNode> tree = event.length() <= LARGEST_ERROR ? event.tree() : Optional.empty();
    if (tree.isPresent() && tree.get().get("error") instanceof ObjectNode error) {
      String offender = error.path("event_id").asString("");
      String code = error.path("code").asString("");
      if (settling && !barrier.isEmpty() && offender.equals(barrier)) {
        turnMayEnd = false;
        responses.forgetAsked();
        transcriptions.forgetAsked();
      } else if (transcriptions.refuse(error)) {
        passage.toClient(event.rewrite(tree.get()));
        return;
      } else if (code.equals("input_audio_buffer_commit_empty")) {
        transcriptions.refuseNext();
      } else {
        Optional<ResponseRequest> refused = responses.refuse(offender, code);
        if (refused.isPresent() && refused.get().renamed()) {
          error.put("event_id", refused.get().given());
          passage.toClient(event.rewrite(tree.get()));
          return;
        }
      }
    }
    passage.toClient(event);
  }

  /** Whether the upstream has still to say what something came to. */
  private boolean isOwed() {
    return turnMayEnd || !responses.isEmpty() || !transcriptions.isEmpty();
  }

  /** Stops what runs, and what begins from now on, to hear what it came to. */
  @Override
  public boolean keepsUpstream(Passage passage) {
    // In what nobody has taken, the upstream may have found a turn that it has not told of.
    boolean mayBeFound = input.sent() > input.taken() && session.mayTranscribe();
    turnMayEnd = input.isInTurn() || mayBeFound;
    if (!isOwed()) {
      return false;
    }
    settling = true;
    upstream = passage;
    responses.running().forEach(this::cancel);
    // Its refusal means that whatever was asked for before has been seen to.
    barrier = EventId.next();
    passage.toUpstream("{\"type\":\"response.cancel\",\"event_id\":\"" + barrier + "\"}");
    passage.toUpstream("{\"type\":\"input_audio_buffer.clear\"}");
    return true;
  }

  private void cancel(String id) {
    if (upstream != null) {
      upstream.toUpstream(cancelOf(id));
    }
  }

  private static String cancelOf(String id) {
    return MAPPER
        .createObjectNode()
        .put("type", "response.cancel")
        .put("response_id", id)
        .toString();
  }

  /** What the upstream did not state is charged as it was seen. */
  @Override
  public void end() {
    if (lostLook != null) {
      lostLook.cancel(false);
    }
    if (!upstreamHasSpoken && !settling) { // where it was kept, it had been sent what waited
      responses.forgetAsked();
      transcriptions.forgetAsked();
    }
    responses.end();
    transcriptions.end();
  }
}
