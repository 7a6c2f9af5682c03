package io.donna.gateway.metering;

import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventId;
import io.donna.gateway.event.JsonKey;
import io.donna.gateway.metering.UsageRecord.Charge;
import io.donna.gateway.metering.UsageRecord.Kind;
import io.donna.gateway.policy.SpeechFormat;
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
 * Meters the transcription of committed speech: each by the model and length at its commit, and
 * reserved from then on. Confined to the session's event loop.
 */
final class Transcriptions {
  /** Items that wait for their transcript; beyond that the oldest is charged as an estimate. */
  static final int MAX_WAITING = 64;

  /** Text tokens for a second of speech, at most: some four words. */
  private static final long TEXT_TOKENS_PER_SECOND = 6;

  private static final int MILLIS_SCALE = 3;

  /** How much of the speech that is to come is reserved at once. */
  private static final long OPEN_STEP_MICROS = 15_000_000;

  /** Speech that is being transcribed. */
  private record Speech(String model, long micros, Optional<Reservation> reservation) {}

  /**
   * A client's commit that the upstream has not answered.
   *
   * @param speech the speech that it is estimated to commit
   * @param end the position in the sent audio up to which it commits
   * @param eventId the gateway's event ID if costs are reserved; else the client's, or empty
   * @param clientsId the client's event ID; null if it gave none
   */
  private record Commit(
      Speech speech, long end, String eventId, @Nullable String clientsId, long sentAt) {}

  private final Bill bill;
  private final int connection;
  private final BudgetTerms terms;
  private final StatedSession session;
  private final InputAudio input;
  private final ContextSize context;
  private final BilledIds billed = new BilledIds();

  /** Commits that the upstream has not answered. */
  private final Deque<Commit> commits = new ArrayDeque<>(1);

  /**
   * Whether words of speech came that is not committed: a model that transcribes speech as it comes
   * is paid for it, whether or not a commit follows.
   */
  private boolean hearsOpen;

  /** The reservation for speech that is not committed, and its length in microseconds. */
  private Optional<Reservation> open = Optional.empty();

  private long openReserved;

  private Map<String, Speech> waiting =
      Collections.emptyMap(); // created on first use: most sessions are idle

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
    return commits.isEmpty() && waiting.isEmpty();
  }

  /** Handles words of {@code item}. */
  void hear(String item) {
    hearsOpen |= !waiting.containsKey(item);
  }

  /**
   * Handles speech that a client appends: reserves the cost of what is transcribed as it comes.
   *
   * @param base64 its length
   * @return why it is refused; empty if the event may pass
   */
  Optional<ReservationResult> append(long base64) {
    long micros =
        input.sent() - input.taken() + SpeechFormat.microsOf(base64, input.bytesPerSecond());
    if (!hearsOpen || !terms.reserves() || micros <= openReserved) {
      return Optional.empty();
    }
    // What is reserved already stays so meanwhile, or there would always be room for a first.
    long more = micros - openReserved + OPEN_STEP_MICROS;
    ReservationResult result =
        bill.reserve(
            terms.budgets(), new WorstCaseCost(cost(dearestModel(more), more), BigDecimal.ZERO, 0));
    if (!(result instanceof ReservationResult.Reserved(Reservation reservation))) {
      return Optional.of(result);
    }
    long all = openReserved + more;
    releaseOpen();
    open = Optional.of(bill.owe(cost(dearestModel(all), all))); // one place among those in flight
    openReserved = all;
    bill.release(Optional.of(reservation));
    return Optional.empty();
  }

  private void releaseOpen() {
    bill.release(open);
    open = Optional.empty();
    openReserved = 0;
  }

  /** Charges speech that was transcribed as it came and then dropped, of this length. */
  void cleared(long micros) {
    if (hearsOpen) {
      releaseOpen();
      hearsOpen = false;
      cutOff(
          bill.newId(),
          new Speech(
              session.transcriptionModel().orElse(UpstreamStrings.UNKNOWN),
              micros,
              Optional.empty()));
    }
  }

  /**
   * Handles a client's commit: reserves the cost of its transcription.
   *
   * @param now in nanoseconds
   * @return why it is refused; empty if the event may pass
   */
  Optional<ReservationResult> commit(Event event, long now) {
    forgetLost(now);
    if (commits.size() >= MAX_WAITING) {
      return Optional.of(new ReservationResult.TooMany(MAX_WAITING));
    }
    releaseOpen();
    // The upstream's answer empties the buffer: a refused commit leaves it as it is.
    long end = input.sent();
    long micros = end - (commits.isEmpty() ? input.taken() : commits.getLast().end);
    String model = dearestModel(micros);
    Optional<String> clientsId = event.string(JsonKey.EVENT_ID);
    if (model.isEmpty() || !terms.reserves()) {
      Speech speech = new Speech(model, micros, Optional.empty());
      ask(new Commit(speech, end, clientsId.orElse(""), clientsId.orElse(null), now));
      return Optional.empty();
    }
    ReservationResult result =
        bill.reserve(terms.budgets(), new WorstCaseCost(cost(model, micros), BigDecimal.ZERO, 0));
    if (!(result instanceof ReservationResult.Reserved(Reservation reservation))) {
      return Optional.of(result);
    }
    Speech speech = new Speech(model, micros, Optional.of(reservation));
    String ours = EventId.next();
    event.tree().ifPresent(tree -> event.rewrite(tree.put("event_id", ours)));
    ask(new Commit(speech, end, ours, clientsId.orElse(null), now));
    return Optional.empty();
  }

  /** The most expensive model that may transcribe it by then; empty if there is none. */
  private String dearestModel(long micros) {
    String dearest = session.transcriptionModel().orElse("");
    for (String model : session.pendingTranscriptionModels()) {
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
    commits.add(commit);
    context.add(ContextSize.speech(commit.speech.micros));
  }

  boolean hasPending() {
    return !commits.isEmpty();
  }

  /** Releases the reservations of commits that the upstream has not answered in time. */
  void forgetLost(long now) {
    while (!commits.isEmpty() && now - commits.peek().sentAt >= ResponseMeter.LOST_AFTER_NANOS) {
      bill.release(commits.remove().speech.reservation);
    }
  }

  /**
   * Releases the oldest commit, because the upstream had nothing to commit and its error names no
   * event.
   */
  void refuseNext() {
    Commit refused = commits.poll();
    if (refused != null) {
      bill.release(refused.speech.reservation);
    }
  }

  /**
   * Releases the commit that {@code error} names, and rewrites the error to the client's event ID.
   * Returns false if it names no commit.
   */
  boolean refuse(ObjectNode error) {
    String eventId = error.path("event_id").asString("");
    for (Iterator<Commit> all = commits.iterator(); all.hasNext() && !eventId.isEmpty(); ) {
      Commit commit = all.next();
      if (commit.eventId.equals(eventId)) {
        all.remove();
        bill.release(commit.speech.reservation);
        error.put("event_id", commit.clientsId);
        return true;
      }
    }
    return false;
  }

  /** Handles speech that the upstream has committed as {@code item}. */
  void committed(String item) {
    releaseOpen();
    hearsOpen = false;
    @Nullable Commit commit = input.hasFound(item) ? null : commits.poll();
    // The model is the last one that the upstream stated: its events come in order, and an update
    // that the client sent before its commit may have named another since.
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
    } else if (waiting.size() > MAX_WAITING) {
      Iterator<Map.Entry<String, Speech>> all = waiting.entrySet().iterator();
      Map.Entry<String, Speech> oldest = all.next();
      all.remove();
      cutOff(oldest.getKey(), oldest.getValue());
    }
  }

  /**
   * Corrects the reservation of an answered commit: it is longer than estimated if an earlier one
   * was refused.
   */
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

  /** Charges a completed transcription. */
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

  /** Releases a failed transcription, which the upstream does not bill. */
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

  /**
   * Releases all commits: the upstream has processed them, and those without an item will get none.
   */
  void releasePending() {
    commits.forEach(commit -> bill.release(commit.speech.reservation));
    commits.clear();
  }

  /** Charges estimates by length for speech whose usage the upstream did not state. */
  void end() {
    if (commits.isEmpty()) {
      cleared(input.sent() - input.taken());
    }
    releaseOpen();
    waiting.forEach(this::cutOff);
    waiting.clear();
    for (Commit commit : commits) {
      Speech speech = answered(commit, commit.speech.model);
      if (speech.model.isEmpty()) {
        bill.release(speech.reservation);
      } else {
        cutOff(bill.newId(), speech);
      }
    }
    commits.clear();
  }
}
