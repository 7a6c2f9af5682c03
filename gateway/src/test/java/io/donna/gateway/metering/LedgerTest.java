package io.donna.gateway.metering;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.metering.UsageRecord.Charge;
import io.donna.gateway.metering.UsageRecord.Kind;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LedgerTest {
  private final AtomicReference<Instant> now = new AtomicReference<>();
  private final Ledger ledger = new Ledger(clock());

  private Clock clock() {
    InstantSource source = now::get;
    return source.withZone(ZoneOffset.UTC);
  }

  private static Charge charge(String time, String user, String tenant, long tokens, String cost) {
    return new Charge(
        Instant.parse(time),
        "session",
        new Payer(user, Optional.of(tenant), Optional.of("gold")),
        "gpt-realtime-2.1",
        Kind.RESPONSE,
        1,
        "resp",
        "completed",
        false,
        new Usage(new Tokens(tokens, 0, 0), Tokens.NONE, Tokens.NONE, BigDecimal.ZERO),
        new BigDecimal(cost));
  }

  private String spent(Scope scope, String name, Window window) {
    Spent spent = ledger.spent(scope, name, window);
    return spent.tokens() + " for " + spent.cost().toPlainString();
  }

  @Test
  void sumsByUserTenantAndTierInTheHourTheDayAndTheMonth() {
    now.set(Instant.parse("2026-11-24T13:30:00Z"));
    ledger.add(charge("2026-10-31T23:59:59Z", "ann", "acme", 1, "1"));
    ledger.add(charge("2026-11-01T00:00:00Z", "ann", "acme", 2, "0.2"));
    ledger.add(charge("2026-11-24T00:00:00Z", "bob", "acme", 4, "0.04"));
    ledger.add(charge("2026-11-24T12:59:59Z", "ann", "acme", 8, "0.008"));
    ledger.add(charge("2026-11-24T13:00:00Z", "ann", "other", 16, "0.0016"));

    assertThat(spent(Scope.USER, "ann", Window.HOUR)).isEqualTo("16 for 0.0016");
    assertThat(spent(Scope.USER, "ann", Window.DAY)).isEqualTo("24 for 0.0096");
    assertThat(spent(Scope.USER, "ann", Window.MONTH)).isEqualTo("26 for 0.2096");
    assertThat(spent(Scope.USER, "bob", Window.HOUR)).isEqualTo("0 for 0");
    assertThat(spent(Scope.TENANT, "acme", Window.DAY)).isEqualTo("12 for 0.048");
    assertThat(spent(Scope.TIER, "gold", Window.MONTH)).isEqualTo("30 for 0.2496");
    assertThat(spent(Scope.USER, "nobody", Window.MONTH)).isEqualTo("0 for 0");
  }

  @Test
  void beginsAgainWithEachWindow() {
    ledger.add(charge("2026-11-30T23:59:00Z", "ann", "acme", 5, "0.5"));

    now.set(Instant.parse("2026-11-30T23:59:59Z"));
    assertThat(spent(Scope.USER, "ann", Window.HOUR)).isEqualTo("5 for 0.5");
    now.set(Instant.parse("2026-12-01T00:00:00Z"));
    for (Window window : Window.values()) {
      assertThat(spent(Scope.USER, "ann", window)).isEqualTo("0 for 0");
    }
  }

  @Test
  void losesNothingToOthersWhoWriteAtTheSameTime() {
    now.set(Instant.parse("2026-11-24T13:30:00Z"));

    IntStream.range(0, 20_000)
        .parallel()
        .forEach(i -> ledger.add(charge("2026-11-24T13:00:00Z", "ann", "acme", 1, "0.001")));

    assertThat(spent(Scope.USER, "ann", Window.HOUR)).isEqualTo("20000 for 20.000");
  }

  /** A charge of the hour before says nothing of this one, in whichever order they come. */
  @Test
  void keepsTheCurrentWindowWhereAnEarlierChargeComesLate() {
    now.set(Instant.parse("2026-11-24T13:30:00Z"));
    ledger.add(charge("2026-11-24T13:00:00Z", "ann", "acme", 16, "0.16"));
    ledger.add(charge("2026-11-24T12:59:59Z", "ann", "acme", 8, "0.08"));

    assertThat(spent(Scope.USER, "ann", Window.HOUR)).isEqualTo("16 for 0.16");
    assertThat(spent(Scope.USER, "ann", Window.DAY)).isEqualTo("24 for 0.24");
  }

  /** Those of last month are forgotten, but for what is in flight. */
  @Test
  void releasesInTheNextMonthWhatWasReservedInThisOne() {
    now.set(Instant.parse("2026-11-30T23:59:59Z"));
    Payer ann = new Payer("ann", Optional.of("acme"), Optional.of("gold"));
    Reservation reservation = ledger.owe(AccountOwner.of("s1", ann), new Spent(10, BigDecimal.ONE));
    ledger.add(charge("2026-11-30T23:59:59Z", "ann", "acme", 5, "0.5"));

    now.set(Instant.parse("2026-12-01T00:00:00Z"));
    ledger.add(charge("2026-12-01T00:00:00Z", "bob", "other", 1, "0.1"));
    assertThat(committed("ann")).isEqualTo("10 for 1");
    ledger.release(reservation);
    assertThat(committed("ann")).isEqualTo("0 for 0");
    ledger.add(charge("2026-12-01T00:00:00Z", "ann", "acme", 3, "0.3"));
    ledger.add(charge("2026-12-01T00:00:01Z", "bob", "other", 1, "0.1"));
    assertThat(committed("ann")).isEqualTo("3 for 0.3");
  }

  private String committed(String user) {
    Spent spent = ledger.committed(Budget.Per.USER, user, Budget.Window.MONTH);
    return spent.tokens() + " for " + spent.cost().toPlainString();
  }

  @Test
  void forgetsASessionThatIsClosedAndNothingElse() {
    now.set(Instant.parse("2026-11-24T13:30:00Z"));
    for (String session : List.of("session", "other")) {
      Charge charge = charge("2026-11-24T13:00:00Z", "ann", "acme", 4, "0.4");
      ledger.settle(
          Optional.empty(),
          new Charge(
              charge.time(),
              session,
              charge.payer(),
              charge.model(),
              charge.kind(),
              1,
              session,
              "completed",
              false,
              charge.usage(),
              charge.cost()));
    }
    assertThat(ledger.spent("session").tokens()).isEqualTo(4);

    ledger.closeSession("session");

    assertThat(ledger.spent("session")).isEqualTo(Spent.NOTHING);
    assertThat(ledger.spent("other").tokens()).isEqualTo(4);
    assertThat(spent(Scope.USER, "ann", Window.HOUR)).isEqualTo("8 for 0.8");
  }
}
