package io.donna.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.ModelAliases;
import java.math.BigDecimal;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GrantsTest {
  private static Grants of(String tier, String tenant, Optional<Set<String>> models, int sessions) {
    return new Grants(
        Optional.of(tier),
        Optional.of(tenant),
        models,
        Map.of(TokenLimit.SESSIONS, BigDecimal.valueOf(sessions)));
  }

  @Test
  void areOfOneAccountOnlyByTierAndTenant() {
    Grants grants = of("gold", "acme", Optional.empty(), 1);

    assertThat(grants.isOfSameAccount(of("gold", "acme", Optional.of(Set.of("a")), 2))).isTrue();
    assertThat(grants.isOfSameAccount(of("gold", "other", Optional.empty(), 1))).isFalse();
    assertThat(grants.isOfSameAccount(of("silver", "acme", Optional.empty(), 1))).isFalse();
    assertThat(grants.isOfSameAccount(Grants.NONE)).isFalse();
  }

  @Test
  void allowTogetherWhatBothAllow() {
    Grants some = of("gold", "acme", Optional.of(Set.of("a", "b")), 2);

    assertThat(some.and(of("x", "y", Optional.of(Set.of("b", "c")), 3)))
        .isEqualTo(of("gold", "acme", Optional.of(Set.of("b")), 2));
    assertThat(some.and(of("x", "y", Optional.of(Set.of("c")), 1)))
        .isEqualTo(of("gold", "acme", Optional.of(Set.of()), 1));
    assertThat(some.and(Grants.NONE)).isEqualTo(some);
    assertThat(Grants.NONE.and(some))
        .isEqualTo(new Grants(Optional.empty(), Optional.empty(), some.models(), some.limits()));
    assertThat(Grants.NONE.and(Grants.NONE)).isEqualTo(Grants.NONE);
  }

  @Test
  void keepAllButTheNamesOfTheirModels() {
    Grants some = of("gold", "acme", Optional.of(Set.of("a", "b")), 2);

    assertThat(some.resolve(ModelAliases.NONE)).isEqualTo(some);
    assertThat(Grants.NONE.resolve(ModelAliases.NONE)).isEqualTo(Grants.NONE);
  }
}
