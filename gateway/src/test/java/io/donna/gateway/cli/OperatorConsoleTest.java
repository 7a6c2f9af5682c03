package io.donna.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.Console;
import io.donna.gateway.kit.ProductJvm;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestCertificates;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.Tools;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands of operators as processes: what they read of their environment, and a terminal. */
class OperatorConsoleTest {
  private static final String TOKEN = "a-token-of-operators-of-24-bytes";
  private static final String CLEARED = "\u001b[H\u001b[2J";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir private Path folder;

  @BeforeAll
  @Timeout(240)
  static void packTheProduct() {
    assertThat(ProductJvm.command()).isNotEmpty();
  }

  private Console console(String url) {
    return new Console(folder, Map.of("ADMIN_URL", url));
  }

  private static String url(RunningGateway gateway) {
    return "http://127.0.0.1:" + gateway.adminPort();
  }

  @Test
  void takesTheAddressAndTheTokenFromTheEnvironmentOrTheFile() {
    try (RunningGateway gateway = RunningGateway.with("ADMIN_TOKEN", TOKEN).admin().start();
        Console console = console(url(gateway))) {
      Tools.Run without = console.run("./donna status");
      assertThat(without.status()).isEqualTo(1);
      assertThat(without.output())
          .contains("requires a token: set ADMIN_TOKEN in the environment or in .env");
      console.write(".env", "ADMIN_TOKEN=" + TOKEN + "\n");
      assertThat(console.run("./donna switch")).isEqualTo(new Tools.Run(0, "the proxy is on\n"));
      console.export("ADMIN_TOKEN", "another-token-of-24-bytes-or-more");
      Tools.Run wrong = console.run("./donna switch");
      assertThat(wrong.status()).isEqualTo(1);
      assertThat(wrong.output())
          .contains("does not accept ADMIN_TOKEN")
          .doesNotContain("another-token", TOKEN);
      gateway.awaitLog("ADMIN_AUTH_FAILED");
    }
  }

  @Test
  void speaksTlsWithAnAuthorityOfItsOwn() throws IOException {
    TestCertificates certificates = new TestCertificates();
    Path authority = certificates.writeTo(folder);
    // An address that is not loopback's, where the admin port uses the TLS of the public port.
    try (RunningGateway gateway =
            RunningGateway.with("ADMIN_TOKEN", TOKEN)
                .overTls(certificates.writeServer(folder))
                .with("ADMIN_HOST", "0.0.0.0")
                .admin()
                .start();
        Console console = console("https://localhost:" + gateway.adminPort())) {
      console.export("ADMIN_TOKEN", TOKEN);
      Tools.Run untrusted = console.run("./donna switch");
      assertThat(untrusted.status()).isEqualTo(1);
      assertThat(untrusted.output())
          .contains("set ADMIN_CA_FILE or --ca to the authority of its certificate")
          .doesNotContain(TOKEN);

      assertThat(console.run("./donna switch --ca " + authority))
          .isEqualTo(new Tools.Run(0, "the proxy is on\n"));
      console.export("ADMIN_CA_FILE", authority.toString());
      assertThat(console.run("./donna switch")).isEqualTo(new Tools.Run(0, "the proxy is on\n"));
      Tools.Run plain = console.run("./donna switch --url http://localhost:" + gateway.adminPort());
      assertThat(plain.status()).isEqualTo(1);
      assertThat(plain.output()).contains("https://").doesNotContain(TOKEN);
      Tools.Run missing = console.run("./donna switch --ca nowhere.pem");
      assertThat(missing.status()).isEqualTo(1);
      assertThat(missing.output()).startsWith("donna: nowhere.pem ");
    }
  }

  /** In a pseudo terminal: redrawn, in place, until q; and the terminal echoes again afterwards. */
  @Test
  void topRedrawsUntilItIsQuit() throws IOException {
    Tools.need("script", "stty");
    try (RunningGateway gateway = RunningGateway.withoutUpstream().admin().start();
        Console console = console(url(gateway))) {
      console.write("keys", "");
      console.write(
          "session.sh",
          """
          stty rows 24 cols 160
          stty -a > before
          ./donna top
          echo "ended with $?"
          stty -a > after
          """);
      Console.Background top =
          console.start("tail -f keys | TERM=xterm script -qec 'sh session.sh' /dev/null");
      top.await(CLEARED).await("gateway ");
      try (TestClient ann = gateway.connect().authenticate(RunningGateway.token("ann\u001b[31m"))) {
        await("another look")
            .atMost(PATIENCE)
            .until(() -> top.output().split("\u001b\\[H", -1).length > 3);
        top.await(" ann");
        assertThat(top.output()).doesNotContain("\u001b[31m");
        assertThat(ann.status()).isEqualTo(101);
      }
      console.write("keys", "xq");
      top.await("ended with 0");

      await("the terminal's state").atMost(PATIENCE).until(() -> !console.read("after").isEmpty());
      assertThat(console.read("after")).isEqualTo(console.read("before"));
    }
  }
}
