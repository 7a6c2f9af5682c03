package io.donna.gateway.metering;

import io.donna.gateway.metering.ResponseRequest.Place;
import io.donna.gateway.metering.UsageRecord.Charge;
import io.donna.gateway.metering.UsageRecord.Kind;
import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.EventId;
import io.donna.gateway.realtime.Key;
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
 * The responses of one upstream, from when they are asked for until they are done. The upstream
 * answers in order, so that the one that begins is the one that was asked for first. Confined to
 * the session's event loop.
 */
final class ResponseMeter {
  /** Responses that a session may have in flight. */
  static final int MOST_IN_FLIGHT = 16;

  /** Responses that an upstream may have begun; more is no conversation. */
  static final int MOST_RUNNING = 64;

  /** The API's highest limit, and what a response without one gets where a budget holds it. */
  static final long MOST_OUTPUT = 4_096;

  /** A token of what a model says is 50 ms of it. */
  private static final long MICROS_PER_TOKEN = 50_000;

  private static final long MICROS_PER_MS = 1_000;

  /** An upstream that has not answered for so long has lost the request. */
  static final long LOST_AFTER_NANOS = TimeUnit.SECONDS.toNanos(60);

  private static final String BUSY = "conversation_already_has_active_response";

  /** A response that has begun, by the session's model of that time. */
  private record Running(ResponseRequest request, String model) {}

  private static final String REFERENCE = "item_reference";

  /** Types of items of which all that a response reads stands in them. */
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

  private final Deque<ResponseRequest> asked = new ArrayDeque<>(1);

  /** Made when the first one begins: most sessions are idle. */
  private Map<String, Running> running = Collections.emptyMap();

  /** Calls of MCP tools that no response has followed. */
  private int toolResults;

  /** A turn was found, and no response has begun since. */
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
    return asked.isEmpty() && running.isEmpty() && !turnWaits;
  }

  /** The upstream has called a tool by itself, and may go on by itself with what that gave. */
  void expectToolResult() {
    toolResults = Math.min(toolResults + 1, MOST_IN_FLIGHT);
  }

  /** The upstream has found the end of a turn, which it may answer by itself. */
  void expectTurn() {
    turnWaits = true;
  }

  Iterable<String> running() {
    return running.keySet();
  }

  void speak(long base64) {
    spokenMicros += base64 / 4 * 3 * MICROS_PER_MS / outputBytesPerMs();
  }

  /** In the sparsest format of what runs, as a piece is not looked at for whose it is. */
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
   * Somebody asks for a response by {@code event}: its cost is reserved before the upstream hears
   * of it, and it may come down to what is left.
   *
   * @param now in nanoseconds
   * @return why there is to be none; empty where the event may go on
   */
  Optional<ReservationResult> ask(Event event, long now) {
    forgetLost(now);
    if (asked.size() + running.size() >= MOST_IN_FLIGHT) {
      return Optional.of(new ReservationResult.TooMany(MOST_IN_FLIGHT));
    }
    Optional<ObjectNode> tree = event.tree();
    JsonNode options = tree.map(read -> read.path("response")).orElse(UpstreamStrings.NOTHING);
    Tokens own = ContextSize.of(MessageContents.of(event), input.bytesASecond());
    long times = timesOfConversation(options);
    Tokens reading = times > 0 ? context.with(own, times) : context.without(own);
    Optional<String> named = Optional.of(UpstreamStrings.name(options.path("model")));
    ResponseRequest request =
        new ResponseRequest(
            event.string(Key.EVENT_ID).orElse(""),
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
    asked.add(request);
    return Optional.empty();
  }

  private Optional<ReservationResult> reserve(
      Event event, ResponseRequest request, JsonNode options) {
    Optional<ObjectNode> tree = event.tree();
    Optional<Long> limit =
        StatedSession.limitsOutput(options)
            ? StatedSession.mostOutput(options)
            : session.mostOutput();
    ReservationResult reserving =
        bill.reserve(terms.budgets(), worstCase(request, limit.orElse(MOST_OUTPUT)));
    if (!(reserving instanceof ReservationResult.Reserved(Reservation reservation))) {
      return Optional.of(reserving);
    }
    ResponseRequest paid = request.paidBy(reservation);
    if (!terms.reserves() || tree.isEmpty()) {
      return accept(paid);
    }
    // By an id of ours, as a client may use one of its own again and again.
    ResponseRequest ours = paid.renamedTo(EventId.next());
    asked.add(ours);
    ObjectNode create = tree.get().put("event_id", ours.eventId());
    long granted = reservation.outputTokens;
    boolean asSession = !StatedSession.limitsOutput(options);
    if (limit.isEmpty()
        || granted < limit.get()
        || options.has(StatedSession.MOST_OUTPUT_OF_BETA)
        || (asSession && session.isChanging())) {
      limitOutput(
          create, asSession ? Math.min(granted, session.askedOutput().orElse(granted)) : granted);
    }
    event.rewrite(create);
    return Optional.empty();
  }

  private static void limitOutput(ObjectNode create, long tokens) {
    JsonNode response = create.path("response");
    if (response.isMissingNode() || response.isNull()) {
      create.putObject("response").put(StatedSession.MOST_OUTPUT, tokens);
    } else if (response instanceof ObjectNode options) {
      options.put(StatedSession.MOST_OUTPUT, tokens);
      if (options.has(StatedSession.MOST_OUTPUT_OF_BETA)) {
        options.put(StatedSession.MOST_OUTPUT_OF_BETA, tokens); // whichever the upstream knows
      }
    }
  }

  /** Of the dearest model that it may have: its own, the session's, or one that is on its way. */
  private WorstCaseCost worstCase(ResponseRequest request, long outputTokens) {
    Usage most = usage(request.reading(), new Tokens(0, outputTokens, 0));
    String model = session.model();
    for (String other : session.askedModels()) {
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
   * How often it may read the conversation, or as much. One with an input of its own reads nothing
   * else but what it refers to, each time that it does; the type of a reference may be left out.
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

  boolean hasAsked() {
    return !asked.isEmpty();
  }

  /** Sets nothing more aside for what the upstream has not answered in time. */
  void forgetLost(long now) {
    while (!asked.isEmpty() && now - asked.peek().askedAt() >= LOST_AFTER_NANOS) {
      bill.release(asked.remove().reservation());
    }
  }

  /**
   * The upstream has begun a response.
   *
   * @return whether anybody asked for it, or for what it follows from
   */
  boolean begin(String id, JsonNode response) {
    turnWaits = false;
    if (running.containsKey(id)) {
      return true; // said twice, it is one
    }
    @Nullable ResponseRequest request = asked.poll();
    boolean wasAsked = request != null || toolResults > 0;
    toolResults = Math.max(0, toolResults - (request == null ? 1 : 0));
    if (running.isEmpty()) {
      running = new LinkedHashMap<>();
    }
    running.put(id, new Running(request != null ? request : unasked(), modelOf(response)));
    return wasAsked;
  }

  /** What the upstream does by itself has to be paid, too. */
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
    long most = session.mostOutput().orElse(MOST_OUTPUT);
    return request.paidBy(bill.owe(worstCase(request, most).with(most)));
  }

  /** The model that the upstream names for this response, or else the session's. */
  private String modelOf(JsonNode response) {
    return UpstreamStrings.firstOf(UpstreamStrings.name(response.path("model")), session.model());
  }

  boolean isFull() {
    return running.size() > MOST_RUNNING;
  }

  /** The upstream says that a response is done, and what it came to if it says so. */
  void finish(String id, JsonNode response, JsonNode stated) {
    boolean isNew = billed.add(id);
    @Nullable Running known = running.remove(id);
    boolean hadBegun = known != null;
    if (isNew) {
      @Nullable ResponseRequest next = known == null ? asked.poll() : null;
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
      learn(outOfBand ? Place.OUT_OF_BAND : request.place(), usage, request.before());
    }
  }

  /** What is known now of what the conversation's next response will read. */
  private void learn(Place place, Usage usage, Tokens before) {
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

  /** What was seen of a response, and what it must have read. */
  private Usage estimate(ResponseRequest request) {
    Tokens output = new Tokens(words, Math.ceilDiv(spokenMicros, MICROS_PER_TOKEN), 0);
    // What others read, nobody has cached for sure.
    Tokens cached =
        request.place() == Place.CONVERSATION
            ? last.cached().atMost(request.reading())
            : Tokens.NONE;
    return new Usage(request.reading(), cached, output, BigDecimal.ZERO);
  }

  /**
   * The upstream has refused something.
   *
   * @param eventId that it names; empty where it names none
   * @return the request that will not be answered
   */
  Optional<ResponseRequest> refuse(String eventId, String code) {
    boolean byOrder = eventId.isEmpty() && code.equals(BUSY);
    for (Iterator<ResponseRequest> all = asked.iterator(); all.hasNext(); ) {
      ResponseRequest request = all.next();
      if (byOrder || (!eventId.isEmpty() && eventId.equals(request.eventId()))) {
        all.remove();
        bill.release(request.reservation());
        return Optional.of(request);
      }
    }
    return Optional.empty();
  }

  /** The upstream has seen to all that was asked for; what has not begun will not begin. */
  void forgetAsked() {
    turnWaits = false;
    asked.forEach(request -> bill.release(request.reservation()));
    asked.clear();
  }

  /** What the upstream did not state is charged as it was seen. */
  void end() {
    turnWaits = false;
    running.forEach((id, cutOff) -> cutOff(id, cutOff.model, cutOff.request));
    running.clear();
    asked.forEach(request -> cutOff(bill.newId(), session.model(), request));
    asked.clear();
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
