package io.donna.gateway.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The soak for some seconds; {@code ./donna soak} is for minutes. */
class SoakTest {
  @Test
  void losesReordersAndChangesNothingAndComesBackToNothing() throws Exception {
    List<String> said = new ArrayList<>();

    assertThat(new Soak(Duration.ofSeconds(5), 30, 1, said::add).run())
        .as(() -> String.join("\n", said))
        .isEmpty();
  }
}
