package io.donna.gateway.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** {@code ./donna soak} in the seconds that there are for it here. */
class SoakTest {
  @Test
  void losesNothingAndLeavesNothing() throws Exception {
    List<String> said = new CopyOnWriteArrayList<>();

    List<String> problems = new Soak(Duration.ofSeconds(4), 8, 1, said::add).run();

    assertThat(problems).as(String.join("\n", said)).isEmpty();
    assertThat(said).hasSizeGreaterThan(2);
  }
}
