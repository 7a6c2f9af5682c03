package io.donna.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.auth.Verification.Verified;
import io.donna.gateway.config.Secret;
import io.donna.gateway.config.TokenRules;
import io.donna.gateway.kit.RunningGateway;
import java.lang.management.ManagementFactory;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * What a token leaves behind for the collector, whose pauses every live session notices: by the
 * JVM's own count, in bytes per call.
 */
@Tag("figure")
class VerificationGarbageTest {
  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final int ROUNDS = 2_000;

  private static long bytesOf(Supplier<Object> call) {
    Object last = "";
    for (int i = 0; i < ROUNDS; i++) {
      last = call.get();
    }
    long before = THREADS.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < ROUNDS; i++) {
      last = call.get();
    }
    long bytes = (THREADS.getCurrentThreadAllocatedBytes() - before) / ROUNDS;
    assertThat(last).isNotNull();
    return bytes;
  }

  @Test
  void verifiesATokenWithLittleGarbage() {
    TokenVerifier verifier =
        new TokenVerifier(
            new KeySet(List.of(VerificationKey.ofSecret(new Secret(RunningGateway.SECRET)))),
            Optional.empty(),
            TokenRules.USUAL,
            new Revocations(),
            new LateChecks(),
            Clock.systemUTC());
    String token = RunningGateway.token("user123");
    assertThat(verifier.verify(token)).isInstanceOf(Verified.class);

    assertThat(bytesOf(() -> verifier.verify(token))).isLessThan(4_200);
  }

  @Test
  void mintsAClientSecretWithLittleGarbage() {
    ClientSecrets secrets =
        new ClientSecrets(List.of(new Secret(RunningGateway.SECRET)), Clock.systemUTC());
    User user = new User("user123", Optional.empty(), Optional.empty(), Set.of(), Grants.NONE);

    assertThat(
            bytesOf(() ->
                secrets.mint(user, Duration.ofMinutes(10), JsonNodeFactory.instance.objectNode())))
        .isLessThan(6_500);
  }
}
