package io.donna.gateway.metering;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.metering.ReservationResult.InUse;
import io.donna.gateway.metering.ReservationResult.Reserved;
import io.donna.gateway.metering.ReservationResult.TooMany;
import io.donna.gateway.metering.ReservationResult.UsedUp;
import io.donna.gateway.metering.UsageRecord.Charge;
import io.donna.gateway.metering.UsageRecord.Kind;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How much a budget lends, and to how many at once. */
class ReservationTest {
  private static final Clock NOON =
      Clock.fixed(Instant.parse("2026-11-24T12:00:00Z"), ZoneOffset.UTC);
  private static final Payer ANN = new Payer("ann", Optional.of("acme"), Optional.of("gold"));
  private static final Budget TOKENS =
      new Budget(Budget.Per.USER, Budget.Window.DAY, Optional.of(5_000L), Optional.empty());
  private static final Budget DOLLARS =
      new Budget(
          Budget.Per.TENANT,
          Budget.Window.MONTH,
          Optional.empty(),
          Optional.of(new BigDecimal("0.10")));

  private final Ledger ledger = new Ledger(NOON);

  /** A response that reads 1,000 tokens for a cent, and pays a cent for a hundred of its own. */
  private static WorstCaseCost worstCase(long outputTokens) {
    return new WorstCaseCost(
        new Spent(1_000, new BigDecimal("0.01")), new BigDecimal("0.0001"), outputTokens);
  }

  private ReservationResult reserve(long outputTokens, Budget... budgets) {
    return ledger.reserve("s1", ANN, List.of(budgets), worstCase(outputTokens));
  }

  private void spend(long tokens, BigDecimal seconds, String usd) {
    Usage usage = new Usage(new Tokens(tokens, 0, 0), Tokens.NONE, Tokens.NONE, seconds);
    ledger.add(
        new Charge(
            NOON.instant(),
            "before",
            ANN,
            "m",
            Kind.RESPONSE,
            1,
            "id",
            "completed",
            false,
            usage,
            new BigDecimal(usd)));
  }

  @ParameterizedTest
  @CsvSource({
    "   0, 2000, 2000", // fits whole
    "2000, 2000, 2000",
    "2500, 2000, 1500", // gets what is left
    "3744, 2000,  256",
    "3745, 2000,  256", // does not fit, and goes alone
    "4999, 2000,  256",
    "4999,  100,  100",
  })
  void grantsWhatIsLeftInTokens(long spent, long asked, long granted) {
    spend(spent, BigDecimal.ZERO, "0");

    assertThat(reserve(asked, TOKENS))
        .isInstanceOfSatisfying(
            Reserved.class,
            reserved -> assertThat(reserved.reservation().outputTokens).isEqualTo(granted));
  }

  @ParameterizedTest
  @CsvSource({"0, 900", "0.05, 400", "0.0644, 256", "0.099, 256"})
  void grantsWhatIsLeftInDollars(String spent, long granted) {
    spend(0, BigDecimal.ZERO, spent);

    assertThat(reserve(2_000, DOLLARS))
        .isInstanceOfSatisfying(
            Reserved.class,
            reserved -> assertThat(reserved.reservation().outputTokens).isEqualTo(granted));
  }

  @Test
  void lendsWhatIsInUseToNobodyElseUntilItIsSettledOrReleased() {
    Reservation first = ((Reserved) reserve(4_000, TOKENS)).reservation();
    assertThat(reserve(4_000, TOKENS)).isEqualTo(new InUse(TOKENS));

    ledger.release(first);
    ledger.release(first);

    assertThat(reserve(4_000, TOKENS)).isInstanceOf(Reserved.class);
    assertThat(reserve(1, TOKENS)).isEqualTo(new InUse(TOKENS));
  }

  @Test
  void lendsNothingOfABudgetThatIsUsedUp() {
    spend(5_000, BigDecimal.ZERO, "0");

    assertThat(reserve(1, DOLLARS, TOKENS)).isEqualTo(new UsedUp(TOKENS));
    assertThat(ledger.committed(Budget.Per.TENANT, "acme", Budget.Window.MONTH).tokens())
        .isEqualTo(5_000);
  }

  @Test
  void countsTenTokensForASecondThatIsBilledByTime() {
    spend(0, new BigDecimal("500.01"), "0");

    assertThat(reserve(1, TOKENS)).isEqualTo(new UsedUp(TOKENS));
  }

  @Test
  void lendsToSoManyOfAUserAtOnceThroughAllOfItsSessions() {
    List<Reservation> reservations = new ArrayList<>();
    for (int i = 0; i < Ledger.MAX_PER_USER; i++) {
      ReservationResult reserving = ledger.reserve("s" + i, ANN, List.of(), worstCase(1));
      reservations.add(((Reserved) reserving).reservation());
    }

    assertThat(reserve(1)).isEqualTo(new TooMany(Ledger.MAX_PER_USER));
    ledger.release(reservations.getFirst());
    assertThat(reserve(1)).isInstanceOf(Reserved.class);
  }

  @Test
  void takesThoseWhoAreNotAuthenticatedForMany() {
    for (int i = 0; i <= Ledger.MAX_PER_USER; i++) {
      assertThat(ledger.reserve("s", Payer.ANONYMOUS, List.of(), worstCase(1)))
          .isInstanceOf(Reserved.class);
    }
  }

  @Test
  void takesAUserWhoCallsItselfAnonymousForOne() {
    Payer pretender = new Payer(Payer.ANONYMOUS.user(), Optional.empty(), Optional.empty());
    for (int i = 0; i < Ledger.MAX_PER_USER; i++) {
      assertThat(ledger.reserve("s", pretender, List.of(), worstCase(1)))
          .isInstanceOf(Reserved.class);
    }

    assertThat(ledger.reserve("s", pretender, List.of(), worstCase(1)))
        .isEqualTo(new TooMany(Ledger.MAX_PER_USER));
  }
}
