package io.donna.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is revoked is out, live sessions and all. */
class RevocationTest {
  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void writeEmptyFile() throws IOException {
    file = Files.createFile(folder.resolve("revoked"));
  }

  private static String token(String subject, String id) {
    return RunningGateway.token(subject, Map.of("jti", id));
  }

  private static TestClient signIn(RunningGateway gateway, String subject, String id) {
    return gateway.connect().authenticate(token(subject, id));
  }

  @Test
  void endsTheLiveSessionsOfARevokedUserWithinASecondAndNoOther() throws IOException {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway =
            RunningGateway.behind(upstream).with("JWT_REVOCATIONS_FILE", file).start();
        TestClient ann = signIn(gateway, "ann", "a1");
        TestClient bob = signIn(gateway, "bob", "b1");
        TestClient sdk = gateway.connectDropIn("api-key: " + token("ann", "a2"))) {
      TestUpstream.Connection opened = upstream.take().accept();
      long begun = System.nanoTime();
      Files.writeString(file, "{\"sub\":\"ann\"}\n");

      assertThat(ann.readText()).isEqualTo("{\"type\":\"auth_error\",\"error\":\"Token revoked\"}");
      // It is looked at four times a second: 66 to 236 ms in twenty runs.
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(1));
      assertThat(ann.read().closeCode()).isEqualTo(4003);
      assertThat(sdk.readText()).contains("\"code\":\"token_revoked\"");
      assertThat(sdk.read().closeReason()).isEqualTo("invalid_request_error.token_revoked");
      assertThat(opened.read().isClose()).isTrue();
      gateway.awaitLog("WS_AUTH_REVOKED: {\"ip\":\"127.0.0.xxx\",\"userId\":\"ann\"}");

      bob.send("{\"type\":\"response.create\"}");
      assertThat(bob.readText()).contains("not_connected");
      try (TestClient again = gateway.connect()) {
        again.send("{\"type\":\"authenticate\",\"token\":\"" + token("ann", "a3") + "\"}");
        assertThat(again.readText()).contains("Invalid token");
      }
      gateway.awaitLog("\"error\":\"jwt revoked\"");
    }
  }

  @Test
  void endsTheSessionOfARevokedTokenOnly() throws IOException {
    try (RunningGateway gateway =
            RunningGateway.withoutUpstream().with("JWT_REVOCATIONS_FILE", file).start();
        TestClient first = signIn(gateway, "ann", "a1");
        TestClient second = signIn(gateway, "ann", "a2")) {
      Files.writeString(file, "{\"jti\":\"a1\"}\n");

      assertThat(first.readText()).contains("Token revoked");
      second.send("{\"type\":\"response.create\"}");
      assertThat(second.readText()).contains("not_connected");
    }
  }
}
