package io.donna.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.Secret;
import io.donna.gateway.config.UpstreamCredentials;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ApiKeysTest {
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 10);

  private ApiKeys keys(String... keys) {
    return new ApiKeys(
        new UpstreamCredentials(
            "api-key", "", Arrays.stream(keys).map(Secret::new).toList(), Optional.empty()),
        now::get);
  }

  private static String next(ApiKeys keys) throws IOException {
    return keys.next().value().orElse("none");
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  @Test
  void goesRound() throws IOException {
    ApiKeys keys = keys("a", "b");

    assertThat(next(keys) + next(keys) + next(keys) + next(keys)).isEqualTo("abab");
    assertThat(next(keys())).isEqualTo("none");
  }

  @Test
  void passesOverAKeyThatRestsUntilItsRestIsOver() throws IOException {
    ApiKeys keys = keys("a", "b", "c");
    ApiKeys.Key first = keys.next();
    first.rest(ApiKeys.EXHAUSTED_REST);

    assertThat(next(keys) + next(keys) + next(keys) + next(keys)).isEqualTo("bcbb");
    pass(ApiKeys.EXHAUSTED_REST);
    assertThat(next(keys) + next(keys) + next(keys)).contains("a", "b", "c");
  }

  @Test
  void usesTheOneThatIsSoonestRestedWhereAllRest() throws IOException {
    ApiKeys keys = keys("a", "b");
    ApiKeys.Key a = keys.next();
    ApiKeys.Key b = keys.next();
    a.rest(ApiKeys.REFUSED_REST);
    assertThat(keys.hasAnother(a)).isTrue();
    b.rest(ApiKeys.EXHAUSTED_REST);
    assertThat(keys.hasRested()).isFalse();

    assertThat(keys.hasAnother(a)).isFalse();
    assertThat(next(keys) + next(keys)).isEqualTo("bb");
  }

  @Test
  void saysNothingOfAKeyButItsPlace() {
    assertThat(keys("secret-a", "secret-b").next()).hasToString("key 1 of 2");
    assertThat(keys("secret-a").next()).hasToString("its key");
  }

  @Test
  void aBreakerRestsAfterFailuresInARowAndLetsOneTry() {
    CircuitBreaker breaker = new CircuitBreaker(now::get);
    assertThat(breaker.failed()).isFalse();
    assertThat(breaker.failed()).isFalse();
    breaker.succeeded();
    assertThat(breaker.failed()).isFalse();
    assertThat(breaker.failed()).isFalse();
    assertThat(breaker.admits()).isTrue();
    assertThat(breaker.failed()).isTrue();

    assertThat(breaker.admits()).isFalse();
    pass(CircuitBreaker.REST);
    assertThat(breaker.admits()).isTrue();
    assertThat(breaker.admits()).as("a second one meanwhile").isFalse();
    breaker.succeeded();
    assertThat(breaker.admits()).isTrue();
  }
}
