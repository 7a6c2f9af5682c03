package io.donna.gateway.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class GatewayProcessTest {
  @Test
  void endsTheProcessThatDoesNotListen() {
    GatewayProcess.Builder elsewhere =
        GatewayProcess.withoutUpstream().with("HOST", "127.0.0.2").patience(Duration.ofSeconds(1));

    List<ProcessHandle> before = children();

    assertThatThrownBy(elsewhere::start)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("the gateway does not listen");
    assertThat(children()).isSubsetOf(before);
  }

  private static List<ProcessHandle> children() {
    return ProcessHandle.current().children().toList();
  }

  @Test
  void saysWhatAProcessSaidThatEnded() {
    assertThatThrownBy(GatewayProcess.withoutUpstream().with("MAX_CONNECTIONS", "many")::start)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("the gateway did not start")
        .hasMessageContaining("MAX_CONNECTIONS");
  }
}
