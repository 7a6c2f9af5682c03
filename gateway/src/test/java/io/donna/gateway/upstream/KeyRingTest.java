package io.donna.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.Secret;
import io.donna.gateway.config.UpstreamKeys;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class KeyRingTest {
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 10);

  private KeyRing ring(String... keys) {
    return new KeyRing(
        new UpstreamKeys(
            "api-key", "", Arrays.stream(keys).map(Secret::new).toList(), Optional.empty()),
        now::get);
  }

  private static String next(KeyRing ring) throws IOException {
    return ring.next().value().orElse("none");
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  @Test
  void goesRound() throws IOException {
    KeyRing ring = ring("a", "b");

    assertThat(next(ring) + next(ring) + next(ring) + next(ring)).isEqualTo("abab");
    assertThat(next(ring())).isEqualTo("none");
  }

  @Test
  void passesOverAKeyThatRestsUntilItsRestIsOver() throws IOException {
    KeyRing ring = ring("a", "b", "c");
    KeyRing.Key first = ring.next();
    first.rest(KeyRing.EXHAUSTED_REST);

    assertThat(next(ring) + next(ring) + next(ring) + next(ring)).isEqualTo("bcbb");
    pass(KeyRing.EXHAUSTED_REST);
    assertThat(next(ring) + next(ring) + next(ring)).contains("a", "b", "c");
  }

  @Test
  void usesTheOneThatIsSoonestRestedWhereAllRest() throws IOException {
    KeyRing ring = ring("a", "b");
    KeyRing.Key a = ring.next();
    KeyRing.Key b = ring.next();
    a.rest(KeyRing.REFUSED_REST);
    assertThat(ring.hasAnother(a)).isTrue();
    b.rest(KeyRing.EXHAUSTED_REST);
    assertThat(ring.hasRested()).isFalse();

    assertThat(ring.hasAnother(a)).isFalse();
    assertThat(next(ring) + next(ring)).isEqualTo("bb");
  }

  @Test
  void saysNothingOfAKeyButItsPlace() {
    assertThat(ring("secret-a", "secret-b").next()).hasToString("key 1 of 2");
    assertThat(ring("secret-a").next()).hasToString("its key");
  }

  @Test
  void aBreakerRestsAfterFailuresInARowAndLetsOneTry() {
    Breaker breaker = new Breaker(now::get);
    assertThat(breaker.failed()).isFalse();
    assertThat(breaker.failed()).isFalse();
    breaker.succeeded();
    assertThat(breaker.failed()).isFalse();
    assertThat(breaker.failed()).isFalse();
    assertThat(breaker.admits()).isTrue();
    assertThat(breaker.failed()).isTrue();

    assertThat(breaker.admits()).isFalse();
    pass(Breaker.REST);
    assertThat(breaker.admits()).isTrue();
    assertThat(breaker.admits()).as("a second one meanwhile").isFalse();
    breaker.succeeded();
    assertThat(breaker.admits()).isTrue();
  }
}
