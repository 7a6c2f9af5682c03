package io.donna.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.auth.Grants;
import io.donna.gateway.auth.TokenLimit;
import io.donna.gateway.auth.User;
import io.donna.gateway.kit.Property;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TokenChainTest {
  private static final Instant NOW = Instant.parse("2026-11-30T00:00:00Z");

  private static User token(String id, Instant expiry) {
    return new User(
        "ann", Optional.of(expiry), Optional.of(NOW.minusSeconds(60)), Set.of(id), Grants.NONE);
  }

  @Test
  void remembersTheFirstTokenForEverAndOthersWhileTheyHold() {
    TokenChain chain = TokenChain.of(token("first", NOW.plusSeconds(10)));
    for (int i = 1; i <= 1_000; i++) {
      Instant now = NOW.plusSeconds(60L * i);
      assertThat(chain.isFull(now)).isFalse();
      chain = chain.renewedBy(token("t" + i, now.plusSeconds(600)), now);
    }

    assertThat(chain.together().tokenIds())
        .contains("first", "t1000", "t991")
        .doesNotContain("t900")
        .hasSizeLessThan(15);
  }

  @Test
  void isFullOfTokensThatHoldAndNotOfTheSameOneAgain() {
    TokenChain chain = TokenChain.of(token("first", NOW.plusSeconds(10)));
    for (int i = 0; i < TokenChain.MOST; i++) {
      chain = chain.renewedBy(token("t" + i, NOW.plusSeconds(600)), NOW);
      chain = chain.renewedBy(token("t0", NOW.plusSeconds(600)), NOW);
      chain = chain.renewedBy(token("first", NOW.plusSeconds(10)), NOW);
    }

    assertThat(chain.isFull(NOW)).isTrue();
    assertThat(chain.isFull(NOW.plusSeconds(600))).isFalse();
  }

  @Test
  void isAsOldAsItsOldestTokenAndOlderThanAnyWhereOneDoesNotSay() {
    User first = new User("ann", Optional.empty(), Optional.of(NOW), Set.of("a"), Grants.NONE);
    User older =
        new User(
            "ann", Optional.empty(), Optional.of(NOW.minusSeconds(9)), Set.of("b"), Grants.NONE);
    User silent = new User("ann", Optional.empty());
    TokenChain chain = TokenChain.of(first).renewedBy(older, NOW);

    assertThat(chain.together().issuedAt()).hasValue(NOW.minusSeconds(9));
    assertThat(chain.renewedBy(first, NOW).together().issuedAt()).hasValue(NOW.minusSeconds(9));
    assertThat(chain.renewedBy(silent, NOW).together().issuedAt()).isEmpty();
  }

  @Test
  void grantsNeverMoreThanAnyOfItsTokens() {
    List<String> names = List.of("one", "two", "three");
    Property.holds(
        300,
        choices -> {
          TokenChain chain = null;
          Map<TokenLimit, BigDecimal> least = new HashMap<>();
          Set<String> common = new HashSet<>(names);
          do {
            Map<TokenLimit, BigDecimal> limits = new HashMap<>();
            for (TokenLimit limit : List.of(TokenLimit.SESSION_SECONDS, TokenLimit.USD_PER_DAY)) {
              if (choices.yes()) {
                limits.put(limit, BigDecimal.valueOf(choices.upTo(9)));
              }
            }
            Set<String> models = new HashSet<>(names);
            models.removeIf(name -> choices.yes());
            boolean silent = choices.yes();
            User token =
                new User(
                    "ann",
                    Optional.empty(),
                    Optional.of(NOW),
                    Set.of("t" + choices.upTo(99)),
                    new Grants(
                        Optional.of("gold"),
                        Optional.empty(),
                        silent ? Optional.empty() : Optional.of(models),
                        limits));
            chain = chain == null ? TokenChain.of(token) : chain.renewedBy(token, NOW);
            limits.forEach((limit, value) -> least.merge(limit, value, BigDecimal::min));
            if (!silent) {
              common.retainAll(models);
            }
          } while (choices.hasMore());
          assertThat(chain.together().grants().limits()).isEqualTo(least);
          assertThat(chain.together().grants().models().orElse(Set.copyOf(names)))
              .isEqualTo(common);
        });
  }
}
