package io.donna.gateway.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestCertificates;
import io.donna.gateway.kit.Tools;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The clients that people use in JavaScript, as their authors published them: each writes, speaks
 * and is answered, and each shows what the gateway says of a token that is none.
 */
@Timeout(120)
class NodeClientsTest {
  private static final TestCertificates AUTHORITY = new TestCertificates();

  @TempDir private Path folder;

  /** npm {@code openai} refuses addresses without TLS. */
  @ParameterizedTest
  @CsvSource({
    "openai-ws.mjs, https",
    "openai-websocket.mjs, https",
    "openai-beta.mjs, https",
    "agents.mjs, https",
    "agents.mjs, http",
    "realtime-api.mjs, https",
    "realtime-api.mjs, http",
  })
  void holdsAConversationAndHearsThatItsTokenIsInvalid(String script, String scheme)
      throws IOException {
    Path node = Tools.nodeHome();
    try (Simulator simulator = Simulator.builder().port(0).speed(40.0).start();
        RunningGateway gateway = gateway(simulator, scheme)) {
      Tools.Run run =
          Tools.run(
              node,
              Map.of("NODE_EXTRA_CA_CERTS", AUTHORITY.writeTo(folder).toString()),
              "",
              "node",
              "--experimental-websocket",
              script,
              scheme + "://localhost:" + gateway.port(),
              RunningGateway.token("user123"),
              Wav.QUESTION.toAbsolutePath().toString());

      assertThat(run.output())
          .isEqualTo(
              """
              turn 1: completed, with words, audible
              turn 2: completed, with words, audible
              with another token:
              error invalid_api_key: Incorrect API key provided. \
              The API key of this gateway is your access token.
              """);
      assertThat(run.status()).isZero();
      gateway.awaitNoConnections();
    }
  }

  private RunningGateway gateway(Simulator simulator, String scheme) throws IOException {
    RunningGateway.Builder builder = RunningGateway.behind(simulator.uri());
    return scheme.equals("https")
        ? builder.overTls(AUTHORITY.writeServer(folder)).start()
        : builder.start();
  }
}
