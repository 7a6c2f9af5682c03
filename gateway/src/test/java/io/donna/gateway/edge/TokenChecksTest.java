package io.donna.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.auth.TestKeys;
import io.donna.gateway.kit.KeySetServer;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whoever finds out whether a token is valid leaves exactly one line that says so, wherever tokens
 * are verified and whatever comes of it: nobody tests stolen tokens unseen.
 */
class TokenChecksTest {
  private static final String IP = "{\"ip\":\"127.0.0.xxx\",";

  private static String token(String kind) {
    return switch (kind) {
      case "valid" -> RunningGateway.token("ann");
      case "another's" -> RunningGateway.token("bob");
      case "of another tier" ->
          RunningGateway.token("ann", Map.of("donna", Map.of("tier", "gold")));
      case "of another model" ->
          RunningGateway.token("ann", Map.of("donna", Map.of("models", List.of("a"))));
      case "expired" -> RunningGateway.token("ann", Duration.ofSeconds(-1));
      case "forged" -> RunningGateway.token("ann") + "AAAA";
      case "junk" -> "junk";
      case "of an unknown key" ->
          TestKeys.token(
              "ES256", "new", TestKeys.P256.getPrivate(), "{'sub':'ann','exp':9999999999}");
      default -> throw new IllegalArgumentException(kind);
    };
  }

  /** Its key server has no keys. */
  private static RunningGateway.Builder gateway(KeySetServer keys) {
    return RunningGateway.with("JWT_JWKS_URL", keys.uri("/none"));
  }

  private static List<String> checks(RunningGateway gateway) {
    return gateway.log().stream()
        .map(line -> line.replace("🔒 [SECURITY] ", "").replace(IP, "{"))
        .filter(line -> !line.startsWith("WS_CONNECTION_"))
        .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          valid             | {}                        | 200 | CLIENT_SECRET_CREATED: {"userId":"ann"}
          valid             | [                         | 400 | CLIENT_SECRET_REFUSED: {"userId":"ann","error":"invalid_value"}
          valid             | {"session":7}             | 400 | CLIENT_SECRET_REFUSED: {"userId":"ann","error":"invalid_value"}
          of another model  | {"session":{"model":"b"}} | 403 | CLIENT_SECRET_REFUSED: {"userId":"ann","error":"model_not_allowed"}
          expired           | {}                        | 401 | HTTP_AUTH_FAILED: {"path":"PATH","error":"jwt expired"}
          forged            | [                         | 401 | HTTP_AUTH_FAILED: {"path":"PATH","error":"invalid signature"}
          junk              | {}                        | 401 | HTTP_AUTH_FAILED: {"path":"PATH","error":"jwt malformed"}
          of an unknown key | {}                        | 503 | HTTP_AUTH_UNAVAILABLE: {"path":"PATH","error":"not verified at once"}
          """)
  void leaveOneLineOnEveryRouteOfHttp(String kind, String body, int status, String line) {
    for (String path : ClientSecretRoute.PATHS) {
      try (KeySetServer keys = KeySetServer.start();
          RunningGateway gateway = gateway(keys).start()) {
        assertThat(gateway.post(path, body, "Authorization", "Bearer " + token(kind)).statusCode())
            .isEqualTo(status);

        assertThat(checks(gateway)).containsExactly(line.replace("PATH", path));
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          valid             | WS_AUTH_SUCCESS: {"userId":"ann"}
          expired           | WS_AUTH_FAILED_INVALID_TOKEN: {"error":"jwt expired"}
          forged            | WS_AUTH_FAILED_INVALID_TOKEN: {"error":"invalid signature"}
          junk              | WS_AUTH_FAILED_INVALID_TOKEN: {"error":"jwt malformed"}
          of an unknown key | WS_AUTH_UNAVAILABLE: {"error":"key set unavailable"}
          """)
  void leaveOneLineOnEitherEndpoint(String kind, String line) {
    try (KeySetServer keys = KeySetServer.start();
        RunningGateway gateway = gateway(keys).start();
        TestClient client = gateway.connect()) {
      client.send("{\"type\":\"authenticate\",\"token\":\"" + token(kind) + "\"}");
      client.readText();

      assertThat(checks(gateway)).containsExactly(line);
    }
    try (KeySetServer keys = KeySetServer.start();
        RunningGateway gateway = gateway(keys).start();
        TestClient sdk = gateway.connectDropIn("Authorization: Bearer " + token(kind))) {
      sdk.readText(); // that there is no upstream, at the latest

      assertThat(checks(gateway)).containsExactly(line);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          valid             | WS_AUTH_SUCCESS: {"userId":"ann"}
          of another tier   | WS_AUTH_FAILED_INVALID_TOKEN: {"userId":"ann","error":"renewal refused"}
          another's         | WS_AUTH_FAILED_INVALID_TOKEN: {"userId":"bob","error":"another user's token"}
          forged            | WS_AUTH_FAILED_INVALID_TOKEN: {"error":"invalid signature"}
          of an unknown key | WS_AUTH_UNAVAILABLE: {"error":"key set unavailable"}
          """)
  void leaveOneLineInASessionThatIsRenewed(String kind, String line) {
    try (KeySetServer keys = KeySetServer.start();
        RunningGateway gateway = gateway(keys).start();
        TestClient client = gateway.connect().authenticate(RunningGateway.token("ann"))) {
      client.send("{\"type\":\"authenticate\",\"token\":\"" + token(kind) + "\"}");
      client.readText();

      assertThat(checks(gateway)).containsExactly("WS_AUTH_SUCCESS: {\"userId\":\"ann\"}", line);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          valid             | {"userId":"ann"}
          forged            | {"error":"invalid signature"}
          junk              | {"error":"jwt malformed"}
          of an unknown key | {"error":"invalid signature"}
          """)
  void leaveOneLineInTheHandshakeOfRealtime(String kind, String line) {
    try (KeySetServer keys = KeySetServer.start();
        RunningGateway gateway = gateway(keys).start();
        TestClient client = gateway.connect("Authorization: Bearer " + token(kind))) {
      client.send("{}");
      client.readText();

      assertThat(checks(gateway)).containsExactly("WS_HANDSHAKE_TOKEN_IGNORED: " + line);
    }
  }

  /** At the rate of the log that operators read. */
  @ParameterizedTest
  @ValueSource(strings = {"handshake", "secret", "renewal"})
  void areNotHiddenBetweenTokensThatAreNone(String way) {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().limitedLog().start()) {
      for (String kind : List.of("junk", "of another tier", "junk")) {
        switch (way) {
          case "handshake" -> {
            try (TestClient client = gateway.connect("Authorization: Bearer " + token(kind))) {
              client.send("{}");
              client.readText();
            }
          }
          case "secret" -> gateway.askForSecret("[", token(kind));
          default -> {
            try (TestClient client = gateway.connectReady()) {
              client.send("{\"type\":\"authenticate\",\"token\":\"" + token(kind) + "\"}");
              client.readText();
            }
          }
        }
      }

      assertThat(checks(gateway)).anyMatch(line -> line.contains("\"userId\":\"ann\""));
    }
  }
}
