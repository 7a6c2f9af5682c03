package io.donna.gateway.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** However much one client asks for, others talk, are judged and come in. */
class HogTest {
  private static HogGround ground;

  @BeforeAll
  static void open() throws Exception {
    ground = new HogGround();
    ground.during(() -> Thread.sleep(500)); // compiles what all of them need
  }

  @AfterAll
  static void close() throws Exception {
    ground.close();
  }

  @ParameterizedTest
  @FieldSource("io.donna.gateway.abuse.Hog#ALL")
  void leavesTheGatewayToOthers(Hog hog) throws Exception {
    HogGround.Noticed noticed =
        ground.during(() -> hog.attack().run(ground, Duration.ofMillis(500)));

    // On machines that tests, hogs and gateway share; docs/resilience.md has the figures.
    assertThat(noticed.voice().worst()).isLessThan(Duration.ofSeconds(2));
    assertThat(noticed.judged().median()).isLessThan(Duration.ofSeconds(1));
    assertThat(noticed.door().median()).isLessThan(Duration.ofSeconds(1));
  }
}
