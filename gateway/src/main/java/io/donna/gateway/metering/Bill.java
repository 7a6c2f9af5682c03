package io.donna.gateway.metering;

import io.donna.gateway.audit.SessionUsage;
import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.metering.UsageRecord.Charge;
import io.donna.gateway.metering.UsageRecord.Kind;
import io.donna.gateway.metering.UsageRecord.SessionTotal;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The usage and cost of one client's session, summed over all its upstream connections, and the
 * reservations for its work in flight. Confined to the session's event loop.
 */
public final class Bill {
  private final Metering metering;
  private final String session;
  private final Instant begun;
  private Payer payer = Payer.ANONYMOUS;
  private String model = "";
  private String provider = "";
  private int connections;
  private int newIds;
  private int responses;
  private int transcriptions;
  private Usage usage = Usage.NONE;
  private BigDecimal cost = BigDecimal.ZERO;
  private boolean open = true;

  /** The reservations for work in flight. */
  private final Set<Reservation> reservations = new HashSet<>();

  /**
   * @param session the session's unique ID
   */
  public Bill(Metering metering, String session) {
    this.metering = metering;
    this.session = session;
    this.begun = metering.clock().instant();
  }

  /** Sets who pays from now on. */
  public void setPayer(Payer payer) {
    this.payer = payer;
  }

  /** Counts what the session has spent at another replica before, within its own budgets. */
  public void carryOver(Spent spent) {
    metering.ledger().carryOver(session, spent);
  }

  /** What the session has spent, here and before. */
  public Spent spent() {
    return metering.ledger().spent(session);
  }

  public Payer payer() {
    return payer;
  }

  /** A meter for an upstream that is opened for {@code model}, without budgets. */
  public Meter meter(String model) {
    return meter(model, BudgetTerms.NONE);
  }

  /** A meter for an upstream that is opened for {@code model}. */
  public Meter meter(String model, BudgetTerms terms) {
    this.model = model;
    return new Meter(this, ++connections, model, terms);
  }

  /** A meter for an upstream that bills the length of the user's speech. */
  public StreamMeter streamMeter(String model, BudgetTerms terms) {
    this.model = model;
    return new StreamMeter(this, ++connections, model, terms);
  }

  /** A meter for an upstream that bills seconds of its session, and states them so far. */
  public LiveMeter liveMeter(BudgetTerms terms) {
    return new LiveMeter(this, ++connections, terms);
  }

  Prices prices() {
    return metering.prices();
  }

  /** Reserves the cost of a response, if {@code budgets} have room for it. */
  ReservationResult reserve(List<Budget> budgets, WorstCaseCost worst) {
    ReservationResult result = metering.ledger().reserve(session, payer, budgets, worst);
    if (result instanceof ReservationResult.Reserved(Reservation reservation)) {
      reservations.add(reservation);
    }
    return result;
  }

  /** Reserves a cost that is certain, with or without room in the budgets. */
  Reservation owe(Spent amount) {
    Reservation owed = metering.ledger().owe(AccountOwner.of(session, payer), amount);
    reservations.add(owed);
    return owed;
  }

  /** A budget that is used up by what is spent and what is owed, by all who spend of it. */
  Optional<Budget> usedUp(List<Budget> budgets) {
    return metering.ledger().usedUp(AccountOwner.of(session, payer), budgets);
  }

  /** Releases a reservation whose work was not done. */
  void release(Optional<Reservation> reservation) {
    reservation.ifPresent(reserved -> {
      reservations.remove(reserved);
      metering.ledger().release(reserved);
    });
  }

  /** Sets whose models are used from now on. */
  public void setProvider(String name) {
    provider = name;
  }

  /** The model of the session; empty until it is known. */
  public Optional<String> model() {
    return Optional.of(model).filter(known -> !known.isEmpty());
  }

  /** Sets the model that the upstream was actually asked for. */
  void setModel(String asked) {
    model = asked;
  }

  void charge(
      Kind kind,
      int connection,
      String id,
      String model,
      String status,
      boolean estimated,
      Usage charged,
      Optional<Reservation> reservation) {
    BigDecimal price = metering.prices().cost(model, charged);
    switch (kind) {
      case RESPONSE -> {
        responses++;
        this.model = model;
      }
      case TRANSCRIPTION -> {
        transcriptions++;
        this.model = this.model.isEmpty() ? model : this.model;
      }
      case DELEGATION -> responses++;
      case TRANSLATION, LIVE, DECISION -> {}
    }
    usage = usage.plus(charged);
    cost = cost.add(price);
    metering.charge(
        new Charge(
            metering.clock().instant(),
            session,
            payer,
            model,
            kind,
            connection,
            id,
            status,
            estimated,
            charged,
            price),
        reservation,
        provider);
    reservation.ifPresent(reservations::remove);
  }

  /** A new ID for work that the upstream gives none. */
  String newId() {
    return "unnamed-" + ++newIds;
  }

  /** The session's total so far. */
  public SessionTotal total() {
    Instant now = metering.clock().instant();
    return new SessionTotal(
        now,
        session,
        payer,
        model,
        Duration.between(begun, now),
        responses,
        transcriptions,
        usage,
        cost);
  }

  /** The totals for the session's closing log line; empty if it never asked for an upstream. */
  public Optional<SessionUsage> usage() {
    return connections == 0
        ? Optional.empty()
        : Optional.of(
            new SessionUsage(
                session,
                responses,
                transcriptions,
                usage.input().total(),
                usage.cached().total(),
                usage.output().total(),
                cost));
  }

  /**
   * Ends the bill: writes the session's total to the usage log, once, if it asked for an upstream.
   * Releases all reservations.
   */
  public void close() {
    List.copyOf(reservations).forEach(left -> release(Optional.of(left)));
    if (open && connections > 0) {
      metering.write(total());
    }
    if (open) {
      metering.ledger().closeSession(session);
    }
    open = false;
  }
}
