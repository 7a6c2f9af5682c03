package io.donna.gateway.metering;

import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventId;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.event.JsonKey;
import io.donna.gateway.event.MemberSelection;
import io.donna.gateway.event.Replies;
import io.donna.gateway.policy.Budgets;
import io.donna.gateway.policy.PolicyCloseReasons;
import io.donna.gateway.policy.PolicyRefusal;
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
 * Meters one upstream: reserves the cost of requests, reads the usage that the upstream states, and
 * charges it to the session's bill. Audio and words are counted by bytes and events; only events
 * that come once a response are parsed. Confined to the session's event loop.
 */
public final class Meter implements Inspector {
  private static final MemberSelection OF_RESPONSE =
      new MemberSelection(
          Map.of(
              "response", MemberSelection.of("id", "status", "usage", "model", "conversation_id"),
              "usage", MemberSelection.INCLUDE_ALL,
              "event_id", MemberSelection.INCLUDE_ALL));
  private static final MemberSelection OF_TRANSCRIPTION =
      MemberSelection.of("item_id", "content_index", "usage");
  private static final MemberSelection OF_SPEECH =
      MemberSelection.of("item_id", "audio_start_ms", "audio_end_ms");

  private static final CloseReason TOO_MUCH_OPEN =
      new CloseReason(CloseReason.INTERNAL_ERROR, "Upstream exceeds the protocol");

  private static final MemberSelection OF_ITEM =
      new MemberSelection(Map.of("item", MemberSelection.of("id", "type")));

  /** Items that the upstream adds itself, with what MCP servers said. */
  private static final Set<String> OF_MCP_SERVERS = Set.of("mcp_list_tools", "mcp_call");

  /** Bytes around the content of an item that the upstream echoes. */
  private static final int ITEM_ENVELOPE = 200;

  /** In bytes; a longer error is passed on unparsed. */
  private static final int LARGEST_ERROR = 1 << 16;

  private static final JsonMapper MAPPER = JsonMapper.shared();

  private final Bill bill;
  private final BudgetTerms terms;
  private final InputAudio input = new InputAudio();
  private final ContextSize contextSize = new ContextSize();
  private final StatedSession session;
  private final ResponseMeter responses;
  private final Transcriptions transcriptions;

  /** Items of MCP servers that are counted in the context. */
  private final BilledIds countedServerItems = new BilledIds();

  /** An upstream that closes before its first event has received no request. */
  private boolean hasUpstreamSent;

  private @Nullable InspectorContext upstream;
  private boolean settling;

  /** The client left during a turn, which the upstream may have ended before it noticed. */
  private boolean turnMayEnd;

  private String barrier = "";

  /** The next check for lost requests, while there are any. */
  private @Nullable ScheduledFuture<?> lostCheck;

  Meter(Bill bill, int connection, String model, BudgetTerms terms) {
    this.bill = bill;
    this.terms = terms;
    this.session = new StatedSession(UpstreamStrings.name(model), input);
    this.responses = new ResponseMeter(bill, connection, session, contextSize, input, terms);
    this.transcriptions = new Transcriptions(bill, connection, terms, session, input, contextSize);
  }

  /**
   * Sets the model that the upstream was asked for. It prices its work until the upstream names
   * another.
   */
  @Override
  public void opened(String model) {
    String name = UpstreamStrings.name(model);
    session.setModel(name);
    bill.setModel(name);
  }

  @Override
  public void fromClient(Event event, InspectorContext context) {
    if (settling) {
      return; // the client has gone
    }
    switch (event.type()) {
      case RESPONSE_CREATE -> {
        passOrRefuse(responses.ask(event, now(context)), event, context);
        scheduleLostCheck(context);
      }
      case INPUT_AUDIO_BUFFER_COMMIT -> {
        passOrRefuse(transcriptions.commit(event, now(context)), event, context);
        scheduleLostCheck(context);
      }
      case INPUT_AUDIO_BUFFER_APPEND -> {
        Optional<ReservationResult> refusal =
            transcriptions.append(Math.max(0, event.lengthOfString(JsonKey.AUDIO)));
        if (refusal.isEmpty()) {
          count(event);
        }
        passOrRefuse(refusal, event, context);
      }
      default -> {
        count(event);
        context.toUpstream(event);
      }
    }
  }

  private static long now(InspectorContext context) {
    return context.eventLoop().ticker().nanoTime();
  }

  /** Schedules a check for requests that the upstream has lost, whose reservations block others. */
  private void scheduleLostCheck(InspectorContext context) {
    boolean asked = responses.hasPending() || transcriptions.hasPending();
    if (asked && terms.seesClient() && lostCheck == null) {
      lostCheck =
          context
              .eventLoop()
              .schedule(
                  () -> forgetLost(context), ResponseMeter.LOST_AFTER_NANOS, TimeUnit.NANOSECONDS);
    }
  }

  private void forgetLost(InspectorContext context) {
    lostCheck = null;
    responses.forgetLost(now(context));
    transcriptions.forgetLost(now(context));
    scheduleLostCheck(context);
  }

  /** Counts audio that was not opened: nearly all that clients send. */
  @Override
  public void passedUnseen(EventType type, int bytes) {
    input.append(bytes);
  }

  /** Counts what the next response will read. */
  private void count(Event event) {
    switch (event.type()) {
      case INPUT_AUDIO_BUFFER_APPEND ->
          input.append(Math.max(0, event.lengthOfString(JsonKey.AUDIO)));
      case INPUT_AUDIO_BUFFER_CLEAR -> input.askToClear();
      case CONVERSATION_ITEM_CREATE ->
          contextSize.add(ContextSize.of(MessageContents.of(event), input.bytesPerSecond()));
      case SESSION_UPDATE, TRANSCRIPTION_SESSION_UPDATE -> {
        session.onUpdate(event);
        contextSize.session(event.length());
      }
      default -> {}
    }
  }

  private static void passOrRefuse(
      Optional<ReservationResult> refusal, Event event, InspectorContext context) {
    if (refusal.isPresent()) {
      refuse(event, refusal.get(), context);
    } else {
      context.toUpstream(event);
    }
  }

  static void refuse(Event event, ReservationResult why, InspectorContext context) {
    switch (why) {
      case ReservationResult.Reserved(var _) -> throw new IllegalArgumentException("not refused");
      case ReservationResult.UsedUp(var budget) -> {
        PolicyRefusal usedUp = Budgets.usedUp(budget);
        context.end(
            Replies.gatewayError(usedUp.code(), usedUp.message()), PolicyCloseReasons.BUDGET);
      }
      case ReservationResult.InUse(var budget) ->
          context.refuse(
              event,
              "budget_in_use",
              "What is left of the budget of %s is reserved for responses in flight."
                  .formatted(budget));
      case ReservationResult.TooMany(int most) ->
          context.refuse(
              event,
              "too_many_responses",
              "You have as many in flight as you may have at once: %d.".formatted(most));
    }
  }

  @Override
  public void fromUpstream(Event event, InspectorContext context) {
    hasUpstreamSent = true;
    if (event.type() == EventType.ERROR) {
      onError(event, context);
    } else {
      read(event, context);
      context.toClient(event);
    }
    if (settling && !isOwed()) {
      context.release();
    }
  }

  private void read(Event event, InspectorContext context) {
    switch (event.type()) {
      case RESPONSE_OUTPUT_AUDIO_DELTA, RESPONSE_AUDIO_DELTA ->
          responses.speak(Math.max(0, event.lengthOfString(JsonKey.DELTA)));
      case RESPONSE_OUTPUT_AUDIO_TRANSCRIPT_DELTA,
          RESPONSE_AUDIO_TRANSCRIPT_DELTA,
          RESPONSE_OUTPUT_TEXT_DELTA,
          RESPONSE_TEXT_DELTA,
          RESPONSE_FUNCTION_CALL_ARGUMENTS_DELTA,
          RESPONSE_MCP_CALL_ARGUMENTS_DELTA ->
          responses.say();
      case SESSION_CREATED, SESSION_UPDATED, TRANSCRIPTION_SESSION_UPDATED -> {
        session.onStated(event);
        contextSize.stated(event.length());
      }
      case CONVERSATION_ITEM_ADDED, CONVERSATION_ITEM_CREATED -> {
        if (!terms.seesClient()) {
          contextSize.add(ContextSize.text(Math.max(0, event.length() - ITEM_ENVELOPE)));
        }
      }
      case CONVERSATION_ITEM_DONE, RESPONSE_OUTPUT_ITEM_DONE -> countServers(event);
      case RESPONSE_MCP_CALL_COMPLETED, RESPONSE_MCP_CALL_FAILED -> responses.expectToolResult();
      case RESPONSE_CREATED -> onCreated(OF_RESPONSE.from(event).path("response"), context);
      case RESPONSE_DONE -> onDone(OF_RESPONSE.from(event), context);
      case INPUT_AUDIO_BUFFER_SPEECH_STARTED ->
          input.speechStarted(OF_SPEECH.from(event).path("audio_start_ms").asLong(-1));
      case INPUT_AUDIO_BUFFER_SPEECH_STOPPED, INPUT_AUDIO_BUFFER_TIMEOUT_TRIGGERED -> {
        responses.expectTurn();
        JsonNode stopped = OF_SPEECH.from(event);
        input.speechStopped(
            UpstreamStrings.id(stopped.path("item_id")), stopped.path("audio_end_ms").asLong(-1));
      }
      case INPUT_AUDIO_BUFFER_COMMITTED -> onCommitted(event, context);
      case INPUT_AUDIO_BUFFER_CLEARED -> {
        long before = input.taken();
        input.cleared();
        transcriptions.cleared(input.taken() - before);
        turnMayEnd = false;
      }
      case CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_DELTA ->
          transcriptions.hear(event.string(JsonKey.ITEM_ID).orElse(""));
      case CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED ->
          onTranscribed(OF_TRANSCRIPTION.from(event), context);
      case CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED ->
          transcriptions.fail(event.string(JsonKey.ITEM_ID).orElse(""));
      default -> {}
    }
  }

  /** Counts an MCP item: no client and no response has added it, but the next response reads it. */
  private void countServers(Event event) {
    JsonNode item = OF_ITEM.from(event).path("item");
    if (OF_MCP_SERVERS.contains(item.path("type").asString(""))) {
      String id = UpstreamStrings.id(item.path("id"));
      if (id.isEmpty() || countedServerItems.add(id)) {
        contextSize.add(ContextSize.text(event.length()));
      }
    }
  }

  private void onCreated(JsonNode response, InspectorContext context) {
    String id = UpstreamStrings.id(response.path("id"));
    if (id.isEmpty() || isTooLong(id, context)) {
      return;
    }
    boolean wasAsked = responses.begin(id, response);
    if (responses.isFull()) {
      endExcessive("too many responses", context);
    } else if (settling) {
      cancel(id);
    } else if (terms.gatesTurns() && !wasAsked) {
      context.toUpstream(cancelOf(id));
    }
  }

  private void onDone(JsonNode event, InspectorContext context) {
    JsonNode response = event.path("response");
    String id =
        UpstreamStrings.firstOf(
            UpstreamStrings.id(response.path("id")),
            UpstreamStrings.id(event.path("event_id")),
            bill.newId());
    if (!isTooLong(id, context)) {
      // xAI states usage beside the response.
      boolean isInside = StatedUsage.isStated(response.path("usage"));
      responses.finish(id, response, isInside ? response.path("usage") : event.path("usage"));
    }
  }

  private void onCommitted(Event event, InspectorContext context) {
    if (event.lengthOfString(JsonKey.ITEM_ID) > UpstreamStrings.LONGEST_ID) {
      endExcessive("an id of more than 1024 bytes", context);
    } else {
      transcriptions.committed(event.string(JsonKey.ITEM_ID).orElse(""));
    }
  }

  private void onTranscribed(JsonNode event, InspectorContext context) {
    String item = UpstreamStrings.firstOf(UpstreamStrings.id(event.path("item_id")), bill.newId());
    if (!isTooLong(item, context)) {
      transcriptions.finish(item, event.path("content_index").asLong(0), event.path("usage"));
    }
  }

  private boolean isTooLong(String id, InspectorContext context) {
    if (UpstreamStrings.isTooLong(id)) {
      endExcessive("an id of more than 1024 bytes", context);
      return true;
    }
    return false;
  }

  /** Ends the session: the upstream requires more state than any conversation needs. */
  private void endExcessive(String what, InspectorContext context) {
    if (settling) {
      context.release();
    } else {
      context.end(
          Replies.gatewayError("upstream_excessive", "The upstream has sent " + what + "."),
          TOO_MUCH_OPEN);
    }
  }

  private void onError(Event event, InspectorContext context) {
    Optional<ObjectNode> tree = event.length() <= LARGEST_ERROR ? event.tree() : Optional.empty();
    if (tree.isPresent() && tree.get().get("error") instanceof ObjectNode error) {
      String offender = error.path("event_id").asString("");
      String code = error.path("code").asString("");
      if (settling && !barrier.isEmpty() && offender.equals(barrier)) {
        turnMayEnd = false;
        responses.releasePending();
        transcriptions.releasePending();
      } else if (transcriptions.refuse(error)) {
        context.toClient(event.rewrite(tree.get()));
        return;
      } else if (code.equals("input_audio_buffer_commit_empty")) {
        transcriptions.refuseNext();
      } else {
        Optional<ResponseRequest> refused = responses.refuse(offender, code);
        if (refused.isPresent() && refused.get().renamed()) {
          error.put("event_id", refused.get().clientsId());
          context.toClient(event.rewrite(tree.get()));
          return;
        }
      }
    }
    context.toClient(event);
  }

  /** Whether the upstream has not stated the usage of all work. */
  private boolean isOwed() {
    return turnMayEnd || !responses.isEmpty() || !transcriptions.isEmpty();
  }

  /**
   * Keeps the upstream until it has stated the usage of all work. Cancels running responses, and
   * those that begin meanwhile.
   */
  @Override
  public boolean keepsUpstream(InspectorContext context) {
    // In uncommitted speech, the upstream may have detected a turn that it has not announced.
    boolean mayBeFound = input.sent() > input.taken() && session.mayTranscribe();
    turnMayEnd = input.isInTurn() || mayBeFound;
    if (!isOwed()) {
      return false;
    }
    settling = true;
    upstream = context;
    responses.running().forEach(this::cancel);
    // Its refusal shows that all earlier requests have been processed.
    barrier = EventId.next();
    context.toUpstream("{\"type\":\"response.cancel\",\"event_id\":\"" + barrier + "\"}");
    context.toUpstream("{\"type\":\"input_audio_buffer.clear\"}");
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

  /** Charges estimates for work whose usage the upstream did not state. */
  @Override
  public void end() {
    if (lostCheck != null) {
      lostCheck.cancel(false);
    }
    if (!hasUpstreamSent && !settling) { // if it was kept, pending requests had been sent
      responses.releasePending();
      transcriptions.releasePending();
    }
    responses.end();
    transcriptions.end();
  }
}
