package io.donna.gateway.metering;

import io.donna.gateway.audit.SessionUsage;
import io.donna.gateway.metering.UsageRecord.Charge;
import io.donna.gateway.metering.UsageRecord.Kind;
import io.donna.gateway.metering.UsageRecord.SessionTotal;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

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

  /** A meter for an upstream that is opened for {@code model}. */
  public Meter meter(String model) {
    this.model = model;
    return new Meter(this, ++connections, model);
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
      Usage charged) {
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
            price));
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

  /** The session is over: its line is written, once, if it asked for an upstream. */
  public void close() {
    if (open && connections > 0) {
      metering.write(total());
      metering.ledger().closeSession(session);
    }
    open = false;
  }
}
