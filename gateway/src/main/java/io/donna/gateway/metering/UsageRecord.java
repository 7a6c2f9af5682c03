package io.donna.gateway.metering;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;

/** A line of the usage log. */
public sealed interface UsageRecord {
  /** What is billed. */
  enum Kind {
    RESPONSE,
    TRANSCRIPTION
  }

  /** When it was known. */
  Instant time();

  /** The gateway's id of the client's session. */
  String session();

  Payer payer();

  String model();

  Usage usage();

  /** In US dollars. */
  BigDecimal cost();

  /**
   * One thing that the upstream bills: a response, or a transcription of what the user said.
   *
   * @param connection which of the session's upstreams, from 1 on
   * @param id the upstream's; for a kind of one connection it is there once
   * @param status as the upstream says, or {@link #CUT_OFF} where it did not say
   * @param estimated whether usage is what was seen of it, as the upstream did not state it
   */
  record Charge(
      Instant time,
      String session,
      Payer payer,
      String model,
      Kind kind,
      int connection,
      String id,
      String status,
      boolean estimated,
      Usage usage,
      BigDecimal cost)
      implements UsageRecord {
    static final String CUT_OFF = "cut_off";

    /** The same for the same thing, however often it is written. */
    String key() {
      return session + "/" + connection + "/" + kind.name() + "/" + id;
    }
  }

  /** A session has ended: the sum of its charges, which is not to be added to them. */
  record SessionTotal(
      Instant time,
      String session,
      Payer payer,
      String model,
      Duration length,
      int responses,
      int transcriptions,
      Usage usage,
      BigDecimal cost)
      implements UsageRecord {}
}
