package io.donna.gateway.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.auth.Grants;
import io.donna.gateway.config.policy.Limit;
import io.donna.gateway.config.policy.Tier;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        .containsEntry(Limit.SESSION_SECONDS, 100L)
        .containsEntry(Limit.SESSIONS_PER_USER, 1L)
        .containsEntry(Limit.IDLE_SECONDS, 30L);
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
}
