package io.donna.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Console;
import io.donna.gateway.kit.FreePort;
import io.donna.gateway.kit.OpenIdServer;
import io.donna.gateway.kit.ProductJvm;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestCertificates;
import io.donna.gateway.kit.Tools;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where operators find the admin port and how they sign in, as the start and the check say it. */
class AdminPortAnnouncementTest {
  private static final String TOKEN = "a-token-of-operators-of-24-bytes";
  private static final Map<String, String> DEVELOPMENT =
      Map.of("ENABLE_WS_PROXY", "true", "OPENAI_API_KEY", "sk-x", "PORT", "0");

  @TempDir private Path folder;

  @BeforeAll
  @Timeout(240)
  static void packTheProduct() {
    assertThat(ProductJvm.command()).isNotEmpty();
  }

  private static String adminPort(RunningGateway.Builder settings, boolean runs) {
    return Summary.of(settings.settings(), runs).stream()
        .filter(line -> line.startsWith("  admin port "))
        .findFirst()
        .orElseThrow()
        .substring("  admin port      ".length());
  }

  private static RunningGateway.Builder on() {
    return RunningGateway.with("ADMIN_PORT", 9091);
  }

  @Test
  void saysTheAddressAndHowOneSignsIn() {
    assertThat(adminPort(on(), true))
        .isEqualTo("http://127.0.0.1:9091, open to users of this machine");
    assertThat(adminPort(on().with("ADMIN_HOST", "::1").with("ADMIN_TOKEN", TOKEN), true))
        .isEqualTo("http://[::1]:9091, for operators with ADMIN_TOKEN");
    assertThat(
            adminPort(
                on().with("ADMIN_TOKEN", TOKEN)
                    .with("ADMIN_OIDC_ISSUER", "https://idp.example")
                    .with("ADMIN_OIDC_CLIENT_ID", "donna"),
                true))
        .isEqualTo(
            "http://127.0.0.1:9091, for operators with ADMIN_TOKEN or sign-in at https://idp.example");
  }

  @Test
  void saysWhatToSetWhereNobodyCanBeAnOperator() throws IOException {
    String probesOnly =
        "probes and metrics only; for API and dashboard, set ADMIN_TOKEN (./donna secret) or"
            + " ADMIN_OIDC_ISSUER";

    assertThat(adminPort(on().with("ADMIN_HOST", "0.0.0.0"), true))
        .isEqualTo("http://0.0.0.0:9091, " + probesOnly);
    assertThat(
            adminPort(
                on().with("ADMIN_HOST", "192.0.2.7")
                    .overTls(new TestCertificates().writeServer(folder)),
                true))
        .isEqualTo("https://192.0.2.7:9091, " + probesOnly);
    assertThat(
            adminPort(
                on().with("DONNA_ENV", "production")
                    .with("ALLOWED_ORIGINS", "https://app.example.com"),
                true))
        .isEqualTo("http://127.0.0.1:9091, " + probesOnly);
  }

  @Test
  void saysThatThereIsNone() {
    assertThat(adminPort(on().with("ADMIN_PORT", 0), false))
        .isEqualTo("off (ADMIN_PORT=0): no probes, metrics or dashboard");
    assertThat(adminPort(on(), false))
        .isEqualTo("NONE: another process has port 9091; set ADMIN_PORT");
  }

  @Test
  void isInTheBannerOfTheStart() throws IOException {
    int port = FreePort.next();
    try (Console console = new Console(folder, DEVELOPMENT)) {
      console.export("ADMIN_PORT", Integer.toString(port));
      console.export("ADMIN_TOKEN", TOKEN);
      Console.Background serve = console.start("./donna serve");

      serve.await("admin port      http://127.0.0.1:" + port + ", for operators with ADMIN_TOKEN");
      serve.interrupt();
      console.export("LOG_FORMAT", "json");
      console
          .start("./donna serve")
          .await("\"admin_port\":\"http://127.0.0.1:" + port + ", for operators");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ADMIN_PORT | 70000 | ADMIN_PORT is \"70000\": it must be a whole number",
        "ADMIN_TOKEN | short | ADMIN_TOKEN is 5 bytes: at least 24",
        "ADMIN_HOSTS | https://a/ | ADMIN_HOSTS has \"https://a/\"",
        "ADMIN_OIDC_ISSUER | http://idp.example | ADMIN_OIDC_ISSUER must be an https:// URL",
        "ADMIN_OIDC_CLIENT_ID | donna | ADMIN_OIDC_ISSUER is not set: sign-in requires it",
        "STATE_DIR | nowhere | STATE_DIR names a directory that cannot be written"
      })
  void checkFindsAWrongSetting(String name, String value, String problem) {
    try (Console console = new Console(folder, DEVELOPMENT)) {
      console.export(name, value);
      Tools.Run check = console.run("./donna check --offline");

      assertThat(check.status()).isEqualTo(78);
      assertThat(check.output()).contains(problem);
    }
  }

  @Test
  void checkTriesTheAddressAndTheProvider() throws IOException {
    try (OpenIdServer provider = OpenIdServer.start();
        Console console = new Console(folder, DEVELOPMENT)) {
      assertThat(console.run("./donna check --offline"))
          .satisfies(ready -> {
            assertThat(ready.status()).isZero();
            assertThat(ready.output())
                .contains("admin port      http://127.0.0.1:9091, open to users of this machine");
          });
      console.export("ADMIN_HOST", "192.0.2.7"); // TEST-NET-1: nobody's
      Tools.Run elsewhere = console.run("./donna check --offline");
      assertThat(elsewhere.status()).isEqualTo(1);
      assertThat(elsewhere.output())
          .contains("192.0.2.7 is not an address of this machine")
          .contains("Not ready: the admin port cannot listen on ADMIN_HOST");
      console.export("ADMIN_HOST", "127.0.0.1");
      console.export("ADMIN_OIDC_CLIENT_ID", OpenIdServer.CLIENT);
      console.export("ADMIN_OIDC_ISSUER", provider.issuer());
      console.export("OPENAI_REALTIME_URL", "ws://127.0.0.1:1/v1/realtime");
      assertThat(console.run("./donna check").output())
          .contains("Sign-in of operators: " + provider.issuer() + " answers.");
      console.export("ADMIN_OIDC_ISSUER", provider.issuer() + "/elsewhere");
      assertThat(console.run("./donna check").output())
          .contains("Sign-in of operators: " + provider.issuer() + "/elsewhere cannot be used: ")
          .contains("operators cannot sign in");
    }
  }
}
