package io.donna.gateway.metering;

import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.event.JsonKey;
import io.donna.gateway.metering.UsageRecord.Kind;
import io.donna.gateway.policy.SpeechFormat;
import java.math.BigDecimal;
import java.util.Optional;

/**
 * Meters an upstream that bills the length of the user's speech and never states it: by the bytes
 * that it was sent, in steps. Each step is reserved before its first byte goes upstream, and
 * charged when it is full or the session ends. Confined to the session's event loop.
 */
public final class StreamMeter implements Inspector {
  /** The most that is sent before it is on the bill. */
  private static final long STEP_MICROS = 15_000_000;

  private static final int MICROS_SCALE = 6;

  private final Bill bill;
  private final int connection;
  private final BudgetTerms terms;
  private String model;
  private Optional<Reservation> reservation = Optional.empty();
  private long inStep;
  private int steps;

  StreamMeter(Bill bill, int connection, String model, BudgetTerms terms) {
    this.bill = bill;
    this.connection = connection;
    this.model = UpstreamStrings.name(model);
    this.terms = terms;
  }

  @Override
  public void opened(String asked) {
    model = UpstreamStrings.name(asked);
    bill.setModel(model);
  }

  @Override
  public void fromClient(Event event, InspectorContext context) {
    if (event.type() != EventType.SESSION_INPUT_AUDIO_BUFFER_APPEND) {
      context.toUpstream(event);
      return;
    }
    if (reservation.isEmpty() && terms.reserves()) {
      ReservationResult result =
          bill.reserve(terms.budgets(), new WorstCaseCost(cost(STEP_MICROS), BigDecimal.ZERO, 0));
      if (!(result instanceof ReservationResult.Reserved(Reservation reserved))) {
        Meter.refuse(event, result, context);
        return;
      }
      reservation = Optional.of(reserved);
    }
    inStep +=
        SpeechFormat.microsOf(
            Math.max(0, event.lengthOfString(JsonKey.AUDIO)), SpeechFormat.PCM_BYTES_PER_SECOND);
    context.toUpstream(event);
    if (inStep >= STEP_MICROS) {
      charge();
    }
  }

  private Spent cost(long micros) {
    Usage usage = usage(micros);
    return new Spent(usage.budgetTokens(), bill.prices().cost(model, usage));
  }

  private static Usage usage(long micros) {
    return new Usage(
        Tokens.NONE, Tokens.NONE, Tokens.NONE, BigDecimal.valueOf(micros, MICROS_SCALE));
  }

  private void charge() {
    bill.charge(
        Kind.TRANSLATION,
        connection,
        "step-" + ++steps,
        model,
        "completed",
        false,
        usage(inStep),
        reservation);
    reservation = Optional.empty();
    inStep = 0;
  }

  /** Charges what was sent since the last step. */
  @Override
  public void end() {
    if (inStep > 0) {
      charge();
    }
    bill.release(reservation);
  }
}
