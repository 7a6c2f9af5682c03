package io.donna.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.Secret;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SafetyIdentifierTest {
  private static final User ANN = new User("ann", Optional.empty());
  private final SafetyIdentifier identifier = new SafetyIdentifier(new Secret("a".repeat(32)));

  @Test
  void staysTheSameForAUser() {
    User annLater = new User("ann", Optional.of(Instant.MAX));

    assertThat(identifier.of(ANN))
        .isEqualTo(identifier.of(annLater))
        .isEqualTo(new SafetyIdentifier(new Secret("a".repeat(32))).of(ANN))
        .matches("[0-9a-f]{64}");
  }

  @Test
  void isAnotherForAnotherUserAndUnderAnotherKey() {
    assertThat(identifier.of(new User("bob", Optional.empty()))).isNotEqualTo(identifier.of(ANN));
    assertThat(new SafetyIdentifier(new Secret("b".repeat(32))).of(ANN))
        .isNotEqualTo(identifier.of(ANN));
  }
}
