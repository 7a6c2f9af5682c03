package io.donna.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class TokenTest {
  @Test
  void mintsWhatAnotherImplementationMints() {
    String secret = "0123456789abcdef0123456789abcdef";

    String token = Token.mint("bench", Instant.ofEpochSecond(1_800_000_000), secret);

    assertThat(token.split("\\.", -1))
        .containsExactly(
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
            "eyJzdWIiOiJiZW5jaCIsImV4cCI6MTgwMDAwMDAwMH0",
            "a2T2GpxyNNu6_8c-6EPtSCdshcu-p7aRi2JYuONfwng");
  }
}
