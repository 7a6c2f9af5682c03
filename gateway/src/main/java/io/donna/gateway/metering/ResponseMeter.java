package io.donna.gateway.metering;

import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventId;
import io.donna.gateway.event.JsonKey;
import io.donna.gateway.metering.ResponseRequest.Place;
import io.donna.gateway.metering.UsageRecord.Charge;
import io.donna.gateway.metering.UsageRecord.Kind;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Meters one upstream's responses from request to end. The upstream answers in order, so a response
 * that begins is matched with the oldest request. Confined to the session's event loop.
 */
final class ResponseMeter {
  /** Responses that a session may have in flight. */
  static final int MAX_IN_FLIGHT = 16;

  /** Responses that an upstream may have begun; no conversation has more. */
  static final int MAX_RUNNING = 64;

  /**
   * In tokens: the API's highest limit, and the limit of a response without one if a budget
   * applies.
   */
  static final long MAX_OUTPUT = 4_096;

  /** A token is 50 ms of a model's speech. */
  private static final long MICROS_PER_TOKEN = 50_000;

  private static final long MICROS_PER_MS = 1_000;

  /** After this long without an answer, a request is taken to be lost. */
  static final long LOST_AFTER_NANOS = TimeUnit.SECONDS.toNanos(60);

  private static final String BUSY = "conversation_already_has_active_response";

  /** A response that has begun, with the session's model at that time. */
  private record Running(ResponseRequest request, String model) {}

  private static final String REFERENCE = "item_reference";

  /** Types of items that contain all that a response reads of them. */
  private static final Set<String> CONTAINED =
      Set.of(
          "message",
          "function_call",
          "function_call_output",
          "mcp_approval_request",
          "mcp_approval_response",
          "mcp_call",
          "mcp_list_tools");

  private final Bill bill;
  private final int connection;
  private final StatedSession session;
  private final ContextSize context;
  private final InputAudio input;
  private final BudgetTerms terms;
  private final BilledIds billed = new BilledIds();

  private final Deque<ResponseRequest> requests = new ArrayDeque<>(1);

  /** Created when the first response begins: most sessions are idle. */
  private Map<String, Running> running = Collections.emptyMap();

  /** MCP tool calls that no response has followed. */
  private int toolResults;

  /** A turn was detected, and no response has begun since. */
  private boolean turnWaits;

  private long spokenMicros;
  private long words;
  private Usage last = Usage.NONE;

  ResponseMeter(
      Bill bill,
      int connection,
      StatedSession session,
      ContextSize context,
      InputAudio input,
      BudgetTerms terms) {
    this.bill = bill;
    this.connection = connection;
    this.session = session;
    this.context = context;
    this.input = input;
    this.terms = terms;
  }

  boolean isEmpty() {
    return requests.isEmpty() && running.isEmpty() && !turnWaits;
  }

  /**
   * Expects a response without a request: the upstream has called an MCP tool, and may continue
   * with its result.
   */
  void expectToolResult() {
    toolResults = Math.min(toolResults + 1, MAX_IN_FLIGHT);
  }

  /**
   * Expects a response without a request: the upstream has detected the end of a turn, and may
   * answer it.
   */
  void expectTurn() {
    turnWaits = true;
  }

  Iterable<String> running() {
    return running.keySet();
  }

  void speak(long base64) {
    spokenMicros += base64 / 4 * 3 * MICROS_PER_MS / outputBytesPerMs();
  }

  /**
   * The lowest byte rate of the running responses, because an audio delta is not parsed for its
   * response.
   */
  private int outputBytesPerMs() {
    int sparsest = Integer.MAX_VALUE;
    for (Running response : running.values()) {
      int own = response.request.outputBytesPerMs().orElse(session.outputBytesPerMs());
      sparsest = Math.min(sparsest, own);
    }
    return running.isEmpty() ? session.outputBytesPerMs() : sparsest;
  }

  void say() {
    words++;
  }

  /**
   * Handles a {@code response.create}: reserves its cost before it is sent upstream, and may lower
   * its output limit to what the budget has left.
   *
   * @param now in nanoseconds
   * @return why it is refused; empty if the event may pass
   */
  Optional<ReservationResult> ask(Event event, long now) {
    forgetLost(now);
    if (requests.size() + running.size() >= MAX_IN_FLIGHT) {
      return Optional.of(new ReservationResult.TooMany(MAX_IN_FLIGHT));
    }
    Optional<ObjectNode> tree = event.tree();
    JsonNode options = tree.map(read -> read.path("response")).orElse(UpstreamStrings.NOTHING);
    Tokens own = ContextSize.of(MessageContents.of(event), input.bytesPerSecond());
    long times = timesOfConversation(options);
    Tokens reading = times > 0 ? context.with(own, times) : context.without(own);
    Optional<String> named = Optional.of(UpstreamStrings.name(options.path("model")));
    ResponseRequest request =
        new ResponseRequest(
            event.string(JsonKey.EVENT_ID).orElse(""),
            false,
            null,
            reading,
            context.added(),
            Place.of(options),
            named.filter(model -> !model.isEmpty()),
            StatedSession.outputBytesPerMs(options),
            Optional.empty(),
            now);
    return terms.seesClient() ? reserve(event, request, options) : accept(request);
  }

  private Optional<ReservationResult> accept(ResponseRequest request) {
    requests.add(request);
    return Optional.empty();
  }

  private Optional<ReservationResult> reserve(
      Event event, ResponseRequest request, JsonNode options) {
    Optional<ObjectNode> tree = event.tree();
    Optional<Long> limit =
        StatedSession.limitsOutput(options)
            ? StatedSession.mostOutput(options)
            : session.mostOutput();
    ReservationResult result =
        bill.reserve(terms.budgets(), worstCase(request, limit.orElse(MAX_OUTPUT)));
    if (!(result instanceof ReservationResult.Reserved(Reservation reservation))) {
      return Optional.of(result);
    }
    ResponseRequest paid = request.paidBy(reservation);
    if (!terms.reserves() || tree.isEmpty()) {
      return accept(paid);
    }
    // Sent with an event ID of the gateway's, because a client may reuse its own.
    ResponseRequest ours = paid.renamedTo(EventId.next());
    requests.add(ours);
    ObjectNode create = tree.get().put("event_id", ours.eventId());
    long granted = reservation.outputTokens;
    boolean asSession = !StatedSession.limitsOutput(options);
    if (limit.isEmpty()
        || granted < limit.get()
        || options.has(StatedSession.BETA_MAX_OUTPUT)
        || (asSession && session.isChanging())) {
      limitOutput(
          create,
          asSession ? Math.min(granted, session.requestedOutput().orElse(granted)) : granted);
    }
    event.rewrite(create);
    return Optional.empty();
  }

  private static void limitOutput(ObjectNode create, long tokens) {
    JsonNode response = create.path("response");
    if (response.isMissingNode() || response.isNull()) {
      create.putObject("response").put(StatedSession.MAX_OUTPUT, tokens);
    } else if (response instanceof ObjectNode options) {
      options.put(StatedSession.MAX_OUTPUT, tokens);
      if (options.has(StatedSession.BETA_MAX_OUTPUT)) {
        options.put(StatedSession.BETA_MAX_OUTPUT, tokens); // the upstream knows one of the two
      }
    }
  }

  /**
   * The worst case over the models that it may use: its own, the session's, or one of an unanswered
   * update.
   */
  private WorstCaseCost worstCase(ResponseRequest request, long outputTokens) {
    Usage most = usage(request.reading(), new Tokens(0, outputTokens, 0));
    String model = session.model();
    for (String other : session.pendingModels()) {
      model = prices().dearer(model, other, most);
    }
    if (request.named().isPresent()) {
      model = prices().dearer(model, request.named().get(), most);
    }
    Usage read = usage(request.reading(), Tokens.NONE);
    return new WorstCaseCost(
        new Spent(read.budgetTokens(), prices().cost(model, read)),
        prices().outputToken(model),
        outputTokens);
  }

  private Prices prices() {
    return bill.prices();
  }

  private static Usage usage(Tokens input, Tokens output) {
    return new Usage(input, Tokens.NONE, output, BigDecimal.ZERO);
  }

  /**
   * How many times the response may read the conversation, or as much. A response with its own
   * input reads only the items that it references, once for each reference; the type of a reference
   * may be omitted.
   */
  private static long timesOfConversation(JsonNode options) {
    JsonNode input = options.path("input");
    if (!input.isArray()) {
      return 1;
    }
    long times = 0;
    for (JsonNode item : input) {
      times += CONTAINED.contains(item.path("type").asString("")) ? 0 : 1;
    }
    long named = input.findValuesAsString("type").stream().filter(REFERENCE::equals).count();
    return Math.max(times, named);
  }

  boolean hasPending() {
    return !requests.isEmpty();
  }

  /** Releases the reservations of requests that the upstream has not answered in time. */
  void forgetLost(long now) {
    while (!requests.isEmpty() && now - requests.peek().requestedAt() >= LOST_AFTER_NANOS) {
      bill.release(requests.remove().reservation());
    }
  }

  /**
   * Records that the upstream has begun a response.
   *
   * @return whether it was requested, or continues after a tool call
   */
  boolean begin(String id, JsonNode response) {
    turnWaits = false;
    if (running.containsKey(id)) {
      return true; // a repeated event is about the same response
    }
    @Nullable ResponseRequest request = requests.poll();
    boolean wasAsked = request != null || toolResults > 0;
    toolResults = Math.max(0, toolResults - (request == null ? 1 : 0));
    if (running.isEmpty()) {
      running = new LinkedHashMap<>();
    }
    running.put(id, new Running(request != null ? request : unasked(), modelOf(response)));
    return wasAsked;
  }

  /** A request for a response that the upstream started itself, which has to be paid, too. */
  private ResponseRequest unasked() {
    ResponseRequest request =
        new ResponseRequest(
            "",
            false,
            null,
            context.with(Tokens.NONE),
            context.added(),
            Place.CONVERSATION,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            0);
    if (!terms.reserves()) {
      return request;
    }
    long most = session.mostOutput().orElse(MAX_OUTPUT);
    return request.paidBy(bill.owe(worstCase(request, most).with(most)));
  }

  /** The model that the upstream names for this response, or else the session's. */
  private String modelOf(JsonNode response) {
    return UpstreamStrings.firstOf(UpstreamStrings.name(response.path("model")), session.model());
  }

  boolean isFull() {
    return running.size() > MAX_RUNNING;
  }

  /**
   * Records that a response is done, and charges the usage that the upstream states, or else an
   * estimate.
   */
  void finish(String id, JsonNode response, JsonNode stated) {
    boolean isNew = billed.add(id);
    @Nullable Running known = running.remove(id);
    boolean hadBegun = known != null;
    if (isNew) {
      @Nullable ResponseRequest next = known == null ? requests.poll() : null;
      Running done =
          known != null ? known : new Running(next != null ? next : unasked(), modelOf(response));
      charge(id, done, response, stated);
    } else if (known != null) {
      bill.release(known.request.reservation());
    }
    if (running.isEmpty() || !hadBegun) {
      spokenMicros = 0;
      words = 0;
    }
  }

  private void charge(String id, Running done, JsonNode response, JsonNode stated) {
    ResponseRequest request = done.request;
    String status =
        UpstreamStrings.firstOf(
            UpstreamStrings.name(response.path("status")), UpstreamStrings.UNKNOWN);
    boolean isStated = StatedUsage.isStated(stated);
    boolean isFree = status.equals("failed") && spokenMicros == 0 && words == 0;
    Usage usage =
        isStated ? StatedUsage.ofResponse(stated) : isFree ? Usage.NONE : estimate(request);
    String byUpstream = UpstreamStrings.name(response.path("model"));
    String model =
        !byUpstream.isEmpty()
            ? byUpstream
            : request
                .named()
                .map(named -> prices().dearer(done.model, named, usage))
                .orElse(done.model);
    bill.charge(
        Kind.RESPONSE,
        connection,
        id,
        model,
        status,
        !isStated && usage.tokens() > 0,
        usage,
        request.reservation());
    if (usage.tokens() > 0) {
      boolean outOfBand = response.path("conversation_id").isNull();
      updateContext(outOfBand ? Place.OUT_OF_BAND : request.place(), usage, request.before());
    }
  }

  /** Updates the estimate of the next response's input. */
  private void updateContext(Place place, Usage usage, Tokens before) {
    Tokens all = usage.input().plus(usage.output());
    switch (place) {
      case CONVERSATION -> {
        last = usage;
        context.answered(all, before);
      }
      case OWN_INSTRUCTIONS -> {
        last = usage;
        context.answeredWithoutSession(all, before);
      }
      case OWN_INPUT -> context.add(usage.output());
      case OUT_OF_BAND -> {}
    }
  }

  /** Estimates usage from the events seen and the input it must have read. */
  private Usage estimate(ResponseRequest request) {
    Tokens output = new Tokens(words, Math.ceilDiv(spokenMicros, MICROS_PER_TOKEN), 0);
    // For any other response, it is not certain that anything was cached.
    Tokens cached =
        request.place() == Place.CONVERSATION
            ? last.cached().atMost(request.reading())
            : Tokens.NONE;
    return new Usage(request.reading(), cached, output, BigDecimal.ZERO);
  }

  /**
   * Handles an upstream error.
   *
   * @param eventId the event ID that the error names; empty if it names none
   * @return the request that was refused
   */
  Optional<ResponseRequest> refuse(String eventId, String code) {
    boolean byOrder = eventId.isEmpty() && code.equals(BUSY);
    for (Iterator<ResponseRequest> all = requests.iterator(); all.hasNext(); ) {
      ResponseRequest request = all.next();
      if (byOrder || (!eventId.isEmpty() && eventId.equals(request.eventId()))) {
        all.remove();
        bill.release(request.reservation());
        return Optional.of(request);
      }
    }
    return Optional.empty();
  }

  /**
   * Releases all requests: the upstream has processed them, and those that have not begun will not
   * begin.
   */
  void releasePending() {
    turnWaits = false;
    requests.forEach(request -> bill.release(request.reservation()));
    requests.clear();
  }

  /** Charges estimates for responses whose usage the upstream did not state. */
  void end() {
    turnWaits = false;
    running.forEach((id, cutOff) -> cutOff(id, cutOff.model, cutOff.request));
    running.clear();
    requests.forEach(request -> cutOff(bill.newId(), session.model(), request));
    requests.clear();
  }

  private void cutOff(String id, String sessionModel, ResponseRequest request) {
    if (!billed.add(id)) {
      bill.release(request.reservation());
      return;
    }
    Usage usage = estimate(request);
    String model =
        request
            .named()
            .map(named -> prices().dearer(sessionModel, named, usage))
            .orElse(sessionModel);
    bill.charge(
        Kind.RESPONSE, connection, id, model, Charge.CUT_OFF, true, usage, request.reservation());
    spokenMicros = 0;
    words = 0;
  }
}
