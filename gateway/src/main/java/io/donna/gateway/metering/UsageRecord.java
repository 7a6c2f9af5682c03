package io.donna.gateway.metering;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;

/** A line of the usage log. */
public sealed interface UsageRecord {
  /** The kinds of work that are billed. */
  enum Kind {
    RESPONSE,
    TRANSCRIPTION,
    TRANSLATION,
    /** Seconds of a GPT-Live session. */
    LIVE,
    /** A response of the backend that a GPT-Live session delegates to. */
    DELEGATION,
    /** Answers of a model to a GPT-Live session's questions. */
    DECISION
  }

  /** When the record was made. */
  Instant time();

  /** The gateway's ID of the client's session. */
  String session();

  Payer payer();

  String model();

  Usage usage();

  /** In US dollars. */
  BigDecimal cost();

  /**
   * One item that the upstream bills: a response, or a transcription of the user's speech.
   *
   * @param connection the number of the session's upstream connection, from 1
   * @param id the upstream's ID, unique for a kind within one connection
   * @param status the upstream's status, or {@link #CUT_OFF} if it stated none
   * @param estimated whether usage is an estimate from the events seen, because the upstream did
   *     not state it
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

    /** Identifies the charge, however often it is written. */
    String key() {
      return session + "/" + connection + "/" + kind.name() + "/" + id;
    }
  }

  /**
   * The total of a session that has ended. Its charges are included, and must not be counted again.
   */
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
