package io.donna.gateway.edge;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.config.Settings;
import io.donna.gateway.kit.ProcessFigures;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestCertificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A start that does not succeed leaves nothing open: neither files, nor what threads wait for. */
class StartTest {
  @TempDir private Path folder;

  private RunningGateway.Builder builder;

  @BeforeEach
  void everythingThatIsOpenedBeforeThePort() throws IOException {
    builder =
        RunningGateway.with("USAGE_LOG", folder.resolve("usage.jsonl"))
            .with("JWT_REVOCATIONS_FILE", Files.createFile(folder.resolve("revoked")));
  }

  @Test
  void withACertificateThatIsGoneMeanwhile() throws IOException {
    TestCertificates.Pair files = new TestCertificates().writeServer(folder);
    Settings settings = builder.overTls(files).settings();
    Files.delete(files.certificate());

    leavesNothingOpen(settings);
  }

  @Test
  void onAPortThatIsTaken() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      leavesNothingOpen(builder.with("PORT", taken.getLocalPort()).settings());
    }
  }

  private static void leavesNothingOpen(Settings settings) {
    failsToStart(settings); // and opens what a process opens once
    int before = ProcessFigures.ofThisProcess().descriptors();

    failsToStart(settings);

    await("everything to be closed")
        .atMost(Duration.ofSeconds(10))
        .until(() -> ProcessFigures.ofThisProcess().descriptors() <= before);
  }

  private static void failsToStart(Settings settings) {
    assertThatThrownBy(() -> Gateway.start(settings, event -> {}, Clock.systemUTC()))
        .isInstanceOf(IOException.class);
  }
}
