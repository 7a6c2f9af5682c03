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
 * What one client's session comes to, over all the upstreams that it opens. Confined to the
 * session's event loop.
 */
public final class Bill {
  private final Metering metering;
  private final String session;
  private final Instant begun;
  private Payer payer = Payer.ANONYMOUS;
  private String model = "";
  private int connections;
  private int newIds;
  private int responses;
  private int transcriptions;
  private Usage usage = Usage.NONE;
  private BigDecimal cost = BigDecimal.ZERO;
  private boolean open = true;

  /** What is set aside for work in flight. */
  private final Set<Reservation> reservations = new HashSet<>();

  /**
   * @param session tells the session from all others
   */
  public Bill(Metering metering, String session) {
    this.metering = metering;
    this.session = session;
    this.begun = metering.clock().instant();
  }

  /** From now on it is this one who pays. */
  public void setPayer(Payer payer) {
    this.payer = payer;
  }

  public Payer payer() {
    return payer;
  }

  /** A meter for an upstream that is opened for {@code model}, where nothing holds the client. */
  public Meter meter(String model) {
    return meter(model, BudgetTerms.NONE);
  }

  /** A meter for an upstream that is opened for {@code model}. */
  public Meter meter(String model, BudgetTerms terms) {
    this.model = model;
    return new Meter(this, ++connections, model, terms);
  }

  Prices prices() {
    return metering.prices();
  }

  /** Sets aside what a response may cost, where {@code budgets} have room for it. */
  ReservationResult reserve(List<Budget> budgets, WorstCaseCost worst) {
    ReservationResult reserving = metering.ledger().reserve(session, payer, budgets, worst);
    if (reserving instanceof ReservationResult.Reserved(Reservation reservation)) {
      reservations.add(reservation);
    }
    return reserving;
  }

  /** Sets aside what will have to be paid, whether or not there is room for it. */
  Reservation owe(Spent amount) {
    Reservation owed = metering.ledger().owe(AccountOwner.of(session, payer), amount);
    reservations.add(owed);
    return owed;
  }

  /** Nothing came of it. */
  void release(Optional<Reservation> reservation) {
    reservation.ifPresent(reserved -> {
      reservations.remove(reserved);
      metering.ledger().release(reserved);
    });
  }

  /** What the upstream was really asked for. */
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
      case TRANSCRIPTION -> transcriptions++;
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
        reservation);
    reservation.ifPresent(reservations::remove);
  }

  /** For what the upstream gives no id. */
  String newId() {
    return "unnamed-" + ++newIds;
  }

  /** What it comes to so far. */
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

  /** For the closing line of a session that asked for an upstream. */
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
   * The session is over: its line is written, once, if it asked for an upstream. Nothing stays
   * reserved.
   */
  public void close() {
    List.copyOf(reservations).forEach(left -> release(Optional.of(left)));
    if (open && connections > 0) {
      metering.write(total());
      metering.ledger().closeSession(session);
    }
    open = false;
  }
}
