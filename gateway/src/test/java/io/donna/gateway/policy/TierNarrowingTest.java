package io.donna.gateway.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.auth.Grants;
import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.config.policy.LimitKind;
import io.donna.gateway.config.policy.Tier;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a token says takes from its tier and adds nothing. */
class TierNarrowingTest {
  @TempDir private Path folder;

  private Tier tier() {
    return RulesTest.tier(
        folder,
        """
        models: {allowed: [a, b], default: a, otherwise: rewrite}
        limits: {session_seconds: 100, sessions_per_user: 2}
        budgets:
          - {per: user, window: day, usd: 1.50}
        """);
  }

  private static Grants grants(
      Optional<Set<String>> models, Map<io.donna.gateway.auth.TokenLimit, BigDecimal> limits) {
    return new Grants(Optional.empty(), Optional.empty(), models, limits);
  }

  @Test
  void leavesATierAsItIsWhereTheTokenIsSilent() {
    Tier tier = tier();

    assertThat(TierNarrowing.of(tier, Grants.NONE)).isSameAs(tier);
  }

  @Test
  void allowsTheModelsThatBothAllow() {
    Tier narrowed =
        TierNarrowing.of(tier(), grants(Optional.of(Set.of("b", "somebody else's")), Map.of()));

    assertThat(narrowed.models().allowed()).contains(Set.of("b"));
    // The tier's fallback is not the token's: nothing is rewritten to it.
    assertThat(narrowed.models().fallback()).isEmpty();
    assertThat(narrowed.models().rewrites()).isFalse();
  }

  @Test
  void takesTheSmallerLimit() {
    Tier narrowed =
        TierNarrowing.of(
            tier(),
            grants(
                Optional.empty(),
                Map.of(
                    io.donna.gateway.auth.TokenLimit.SESSION_SECONDS, new BigDecimal(500),
                    io.donna.gateway.auth.TokenLimit.SESSIONS, new BigDecimal(1),
                    io.donna.gateway.auth.TokenLimit.IDLE_SECONDS, new BigDecimal(30))));

    assertThat(narrowed.limits())
        .containsEntry(LimitKind.SESSION_SECONDS, 100L)
        .containsEntry(LimitKind.SESSIONS_PER_USER, 1L)
        .containsEntry(LimitKind.IDLE_SECONDS, 30L);
  }

  @Test
  void addsTheTokensBudgetsToTheTiers() {
    Tier narrowed =
        TierNarrowing.of(
            tier(),
            grants(
                Optional.empty(),
                Map.of(
                    io.donna.gateway.auth.TokenLimit.USD_PER_MONTH, new BigDecimal("0.25"),
                    io.donna.gateway.auth.TokenLimit.TOKENS_PER_SESSION, new BigDecimal(9))));

    assertThat(narrowed.budgets())
        .hasSize(3)
        .extracting(Object::toString)
        .contains("$1.50 per user and day", "$0.25 per user and month", "9 tokens per session");
  }

  /** Each limit of a token takes from one thing, and from that alone. */
  @ParameterizedTest
  @CsvSource({
    "SESSIONS, SESSIONS_PER_USER",
    "SESSION_SECONDS, SESSION_SECONDS",
    "IDLE_SECONDS, IDLE_SECONDS",
    "MESSAGES_PER_SECOND, MESSAGES_PER_SECOND",
    "BYTES_PER_SECOND, BYTES_PER_SECOND",
    "AUDIO_SECONDS_PER_MINUTE, AUDIO_SECONDS_PER_MINUTE",
    "RESPONSES_PER_MINUTE, RESPONSES_PER_MINUTE",
    "TOKENS_PER_SESSION, 7 tokens per session",
    "TOKENS_PER_HOUR, 7 tokens per user and hour",
    "TOKENS_PER_DAY, 7 tokens per user and day",
    "TOKENS_PER_MONTH, 7 tokens per user and month",
    "USD_PER_SESSION, $7.9 per session",
    "USD_PER_HOUR, $7.9 per user and hour",
    "USD_PER_DAY, $7.9 per user and day",
    "USD_PER_MONTH, $7.9 per user and month",
  })
  void takesFromOneThing(io.donna.gateway.auth.TokenLimit limit, String narrowed) {
    Tier tier = RulesTest.tier(folder, "{}");

    Tier narrow =
        TierNarrowing.of(tier, grants(Optional.empty(), Map.of(limit, new BigDecimal("7.9"))));

    Stream<String> limits =
        narrow.limits().entrySet().stream().map(entry -> entry.getKey() + " " + entry.getValue());
    Stream<String> budgets = narrow.budgets().stream().map(Object::toString);
    boolean isBudget = narrowed.contains("per ");
    assertThat(Stream.concat(limits, budgets))
        .containsExactly(isBudget ? narrowed : narrowed + " 7");
  }

  @Test
  void keepsTheFallbackThatTheTokenGrants() {
    Tier narrowed = TierNarrowing.of(tier(), grants(Optional.of(Set.of("a", "c")), Map.of()));

    assertThat(narrowed.models().allowed()).contains(Set.of("a"));
    assertThat(narrowed.models().fallback()).contains("a");
    assertThat(narrowed.models().rewrites()).isTrue();
    assertThat(narrowed.limits()).isEqualTo(tier().limits());
    assertThat(narrowed.budgets()).isEqualTo(tier().budgets());
  }

  @Test
  void holdsATokenToItsModelsWhereTheTierAllowsAny() {
    Tier any = RulesTest.tier(folder, "{}");

    assertThat(TierNarrowing.of(any, grants(Optional.of(Set.of("x")), Map.of())).models().allowed())
        .contains(Set.of("x"));
    assertThat(TierNarrowing.of(any, grants(Optional.of(Set.of()), Map.of())).models().allowed())
        .contains(Set.of());
    assertThat(
            TierNarrowing.of(
                    any,
                    grants(
                        Optional.empty(),
                        Map.of(io.donna.gateway.auth.TokenLimit.SESSIONS, BigDecimal.ONE)))
                .models())
        .isEqualTo(any.models());
  }

  private static final class Spending implements SpendingSource {
    private final Map<String, Spent> spent = new HashMap<>();

    @Override
    public Spent spent(Budget.Per per, String name, Budget.Window window) {
      return spent.getOrDefault(per + " " + name + " " + window, Spent.NOTHING);
    }
  }

  /** At the last token or cent, of whoever shares the budget. */
  @ParameterizedTest
  @CsvSource({
    "SESSION, SESSION, s1, true",
    "SESSION, SESSION, s2, false",
    "USER, DAY, ann, true",
    "USER, DAY, bob, false",
    "TENANT, MONTH, acme, true",
    "TIER, HOUR, t, true",
    "TIER, DAY, t, false",
  })
  void isUsedUpByWhatItsOwnerHasSpent(
      Budget.Per per, Budget.Window window, String name, boolean usedUp) {
    List<Budget> budgets =
        Stream.of("SESSION SESSION", "USER DAY", "TENANT MONTH", "TIER HOUR")
            .map(text -> text.split(" ", -1))
            .map(pair ->
                new Budget(
                    Budget.Per.valueOf(pair[0]),
                    Budget.Window.valueOf(pair[1]),
                    Optional.of(100L),
                    Optional.of(new BigDecimal("1.50"))))
            .toList();
    Tier tier = RulesTest.tier(folder, "{}");
    Spending spending = new Spending();
    Budgets ofAnn =
        new Budgets(budgets, new PolicySubject("ann", Optional.of("acme"), tier), "s1", spending);
    Budgets withoutTenant =
        new Budgets(budgets, new PolicySubject("ann", Optional.empty(), tier), "s1", spending);
    String owner = per + " " + name + " " + window;

    spending.spent.put(owner, new SpendingSource.Spent(99, new BigDecimal("1.49")));
    assertThat(ofAnn.usedUp()).isEmpty();
    spending.spent.put(owner, new SpendingSource.Spent(100, BigDecimal.ZERO));
    assertThat(ofAnn.usedUp().isPresent()).isEqualTo(usedUp);
    spending.spent.put(owner, new SpendingSource.Spent(0, new BigDecimal("1.5")));
    assertThat(ofAnn.usedUp().isPresent()).isEqualTo(usedUp);
    assertThat(ofAnn.usedUp().map(PolicyRefusal::code).orElse("budget_exceeded"))
        .isEqualTo("budget_exceeded");
    assertThat(withoutTenant.usedUp().isPresent()).isEqualTo(usedUp && per != Budget.Per.TENANT);
  }
}
