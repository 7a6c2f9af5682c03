package io.donna.gateway.metering;

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
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Speech that the upstream has committed and writes down: each by the model and the length of that
 * moment, and owed from then on. Confined to the session's event loop.
 */
final class Transcriptions {
  /** So many wait for their transcript; what waits longest is then charged as an estimate. */
  static final int MOST_WAITING = 64;

  /** A second of speech is at most so many tokens of text: some four words. */
  private static final long TEXT_TOKENS_PER_SECOND = 6;

  private static final int MILLIS_SCALE = 3;

  /** What is being written down. */
  private record Speech(String model, long micros, Optional<Reservation> reservation) {}

  /**
   * A commit of the client's.
   *
   * @param speech what it is taken for until the upstream has answered
   * @param end up to where it commits what was sent
   * @param eventId of ours, where costs are reserved; else the client's own, or empty
   * @param given the client's own; null where it gave none
   */
  private record Commit(
      Speech speech, long end, String eventId, @Nullable String given, long askedAt) {}

  private final Bill bill;
  private final int connection;
  private final BudgetTerms terms;
  private final StatedSession session;
  private final InputAudio input;
  private final ContextSize context;
  private final BilledIds billed = new BilledIds();

  /** Commits of the client's that the upstream has not answered. */
  private final Deque<Commit> asked = new ArrayDeque<>(1);

  private Map<String, Speech> waiting = Collections.emptyMap(); // most sessions are idle

  Transcriptions(
      Bill bill,
      int connection,
      BudgetTerms terms,
      StatedSession session,
      InputAudio input,
      ContextSize context) {
    this.bill = bill;
    this.connection = connection;
    this.terms = terms;
    this.session = session;
    this.input = input;
    this.context = context;
  }

  boolean isEmpty() {
    return asked.isEmpty() && waiting.isEmpty();
  }

  /**
   * The client asks for its speech to become an item.
   *
   * @param now in nanoseconds
   * @return why it may not; empty where it may
   */
  Optional<ReservationResult> commit(Event event, long now) {
    forgetLost(now);
    if (asked.size() >= MOST_WAITING) {
      return Optional.of(new ReservationResult.TooMany(MOST_WAITING));
    }
    // The buffer is emptied by the upstream's answer: a commit that it refuses leaves it as it is.
    long end = input.sent();
    long micros = end - (asked.isEmpty() ? input.taken() : asked.getLast().end);
    String model = dearestModel(micros);
    Optional<String> given = event.string(Key.EVENT_ID);
    if (model.isEmpty() || !terms.reserves()) {
      Speech speech = new Speech(model, micros, Optional.empty());
      ask(new Commit(speech, end, given.orElse(""), given.orElse(null), now));
      return Optional.empty();
    }
    ReservationResult reserving =
        bill.reserve(terms.budgets(), new WorstCaseCost(cost(model, micros), BigDecimal.ZERO, 0));
    if (!(reserving instanceof ReservationResult.Reserved(Reservation reservation))) {
      return Optional.of(reserving);
    }
    Speech speech = new Speech(model, micros, Optional.of(reservation));
    String ours = EventId.next();
    event.tree().ifPresent(tree -> event.rewrite(tree.put("event_id", ours)));
    ask(new Commit(speech, end, ours, given.orElse(null), now));
    return Optional.empty();
  }

  /** Of the models that may write it down by then; empty where there is none. */
  private String dearestModel(long micros) {
    String dearest = session.transcriptionModel().orElse("");
    for (String model : session.askedTranscriptionModels()) {
      boolean isDearer =
          dearest.isEmpty() || dollars(model, micros).compareTo(dollars(dearest, micros)) > 0;
      dearest = isDearer ? model : dearest;
    }
    return dearest;
  }

  private BigDecimal dollars(String model, long micros) {
    return bill.prices().cost(model, estimate(model, micros));
  }

  private void ask(Commit commit) {
    asked.add(commit);
    context.add(ContextSize.speech(commit.speech.micros));
  }

  boolean hasAsked() {
    return !asked.isEmpty();
  }

  /** Sets nothing more aside for commits that the upstream has not answered in time. */
  void forgetLost(long now) {
    while (!asked.isEmpty() && now - asked.peek().askedAt >= ResponseMeter.LOST_AFTER_NANOS) {
      bill.release(asked.remove().speech.reservation);
    }
  }

  /** The upstream has nothing to commit; {@code error} names none of the commits. */
  void refuseNext() {
    Commit refused = asked.poll();
    if (refused != null) {
      bill.release(refused.speech.reservation);
    }
  }

  /**
   * The upstream has refused the commit that {@code error} names, which is to name it to the client
   * as it knows it; where it names one.
   */
  boolean refuse(ObjectNode error) {
    String eventId = error.path("event_id").asString("");
    for (Iterator<Commit> all = asked.iterator(); all.hasNext() && !eventId.isEmpty(); ) {
      Commit commit = all.next();
      if (commit.eventId.equals(eventId)) {
        all.remove();
        bill.release(commit.speech.reservation);
        error.put("event_id", commit.given);
        return true;
      }
    }
    return false;
  }

  /** The upstream has made an item of speech. */
  void committed(String item) {
    @Nullable Commit commit = input.hasFound(item) ? null : asked.poll();
    // The model is the one that the upstream has stated by now: what it says comes in order, and an
    // update that the client sent before its commit may have named another since.
    String model = session.transcriptionModel().orElse("");
    Speech speech;
    if (commit == null) {
      speech = owe(model, input.commitFound());
      context.add(ContextSize.speech(speech.micros));
    } else {
      speech = answered(commit, model);
    }
    if (model.isEmpty()) {
      return;
    }
    if (waiting.isEmpty()) {
      waiting = new LinkedHashMap<>();
    }
    @Nullable Speech before = waiting.put(item, speech);
    if (before != null) {
      cutOff(item, before);
    } else if (waiting.size() > MOST_WAITING) {
      Iterator<Map.Entry<String, Speech>> all = waiting.entrySet().iterator();
      Map.Entry<String, Speech> oldest = all.next();
      all.remove();
      cutOff(oldest.getKey(), oldest.getValue());
    }
  }

  /** It is longer than it was taken for where one before it was refused. */
  private Speech answered(Commit commit, String model) {
    long micros = input.commit(commit.end);
    if (commit.speech.model.equals(model) && commit.speech.micros == micros) {
      return commit.speech;
    }
    bill.release(commit.speech.reservation);
    return owe(model, micros);
  }

  private Speech owe(String model, long micros) {
    boolean owed = terms.reserves() && !model.isEmpty();
    return new Speech(
        model, micros, owed ? Optional.of(bill.owe(cost(model, micros))) : Optional.empty());
  }

  private Spent cost(String model, long micros) {
    Usage usage = estimate(model, micros);
    return new Spent(usage.budgetTokens(), dollars(model, micros));
  }

  /** An item has been written down. */
  void finish(String item, long part, JsonNode stated) {
    String id = part == 0 ? item : item + "/" + part;
    @Nullable Speech speech = waiting.remove(item);
    if (!billed.add(id)) {
      bill.release(speech == null ? Optional.empty() : speech.reservation);
      return;
    }
    boolean isStated = StatedUsage.isStated(stated);
    String model =
        speech != null
            ? speech.model
            : session.transcriptionModel().orElse(UpstreamStrings.UNKNOWN);
    Usage usage =
        isStated
            ? StatedUsage.ofTranscription(stated)
            : estimate(model, speech == null ? 0 : speech.micros);
    charge(id, model, "completed", !isStated, usage, speech);
  }

  /** The upstream could not write it down, and bills nothing. */
  void fail(String item) {
    @Nullable Speech failed = waiting.remove(item);
    if (failed != null) {
      bill.release(failed.reservation);
    }
  }

  private Usage estimate(String model, long micros) {
    BigDecimal seconds = BigDecimal.valueOf(Math.ceilDiv(micros, 1_000), MILLIS_SCALE);
    if (bill.prices().isByTheMinute(model)) {
      return new Usage(Tokens.NONE, Tokens.NONE, Tokens.NONE, seconds);
    }
    long text = Math.ceilDiv(micros * TEXT_TOKENS_PER_SECOND, 1_000_000);
    return new Usage(
        ContextSize.speech(micros), Tokens.NONE, new Tokens(text, 0, 0), BigDecimal.ZERO);
  }

  private void charge(
      String id,
      String model,
      String status,
      boolean estimated,
      Usage usage,
      @Nullable Speech speech) {
    bill.charge(
        Kind.TRANSCRIPTION,
        connection,
        id,
        model,
        status,
        estimated,
        usage,
        speech == null ? Optional.empty() : speech.reservation);
  }

  private void cutOff(String item, Speech speech) {
    if (billed.add(item)) {
      Usage usage = estimate(speech.model, speech.micros);
      charge(item, speech.model, Charge.CUT_OFF, true, usage, speech);
    } else {
      bill.release(speech.reservation);
    }
  }

  /** The upstream has seen to all that was asked for; what is no item will be none. */
  void forgetAsked() {
    asked.forEach(commit -> bill.release(commit.speech.reservation));
    asked.clear();
  }

  /** What the upstream has not stated is charged by its length. */
  void end() {
    waiting.forEach(this::cutOff);
    waiting.clear();
    for (Commit commit : asked) {
      Speech speech = answered(commit, commit.speech.model);
      if (speech.model.isEmpty()) {
        bill.release(speech.reservation);
      } else {
        cutOff(bill.newId(), speech);
      }
    }
    asked.clear();
  }
}
