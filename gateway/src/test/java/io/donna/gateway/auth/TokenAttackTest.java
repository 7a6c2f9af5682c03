package io.donna.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.auth.Verification.Rejected;
import io.donna.gateway.auth.Verification.Verified;
import io.donna.gateway.config.AuthSettings;
import io.donna.gateway.config.CredentialSettings;
import io.donna.gateway.config.ModelAliases;
import io.donna.gateway.config.PublicKeySettings;
import io.donna.gateway.config.Secret;
import io.donna.gateway.config.TokenRules;
import io.donna.gateway.kit.Frame;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Nothing that calls itself a token gets in unless it is one. */
@Timeout(60)
class TokenAttackTest {
  /** All that the log may say of a token. */
  private static final List<String> REASONS =
      List.of(
          "jwt malformed",
          "invalid algorithm",
          "invalid signature",
          "jwt expired",
          "jwt not active",
          "jwt issued in the future",
          "jwt issuer invalid",
          "jwt audience invalid");

  @TempDir private static Path folder;
  private static Path keyFile;
  private static TokenVerifier verifier;

  @BeforeAll
  static void readKeys() throws IOException {
    keyFile = folder.resolve("keys.json");
    Files.writeString(
        keyFile,
        TestKeys.jwks(
            TestKeys.jwk(TestKeys.RSA, HostileTokens.RSA_ID),
            TestKeys.jwk(TestKeys.P256, "p256"),
            TestKeys.jwk(TestKeys.ED25519, "ed25519")));
    AuthSettings settings =
        new AuthSettings(
            List.of(new Secret(HostileTokens.SECRET)),
            new PublicKeySettings(Optional.empty(), Optional.empty(), Optional.of(keyFile)),
            new TokenRules(
                Set.of(),
                Set.of(HostileTokens.ISSUER),
                Set.of(HostileTokens.AUDIENCE),
                Set.of(),
                false,
                Duration.ofSeconds(30),
                ModelAliases.NONE),
            CredentialSettings.NONE,
            Optional.empty(),
            List.of(),
            Duration.ofSeconds(10),
            false);
    try (TokenKeys keys = new TokenKeys(settings, new Revocations(), Runnable::run)) {
      verifier = keys.verifier(settings, Clock.systemUTC());
    }
  }

  static Stream<Arguments> good() {
    return rows(HostileTokens.good());
  }

  static Stream<Arguments> hostile() {
    return rows(HostileTokens.all());
  }

  private static Stream<Arguments> rows(Map<String, String> tokens) {
    return tokens.entrySet().stream()
        .map(row -> Arguments.argumentSet(printable(row.getKey()), row.getValue()));
  }

  private static String printable(String name) {
    return name.replaceAll("[^\\x20-\\x7E]", "?");
  }

  @ParameterizedTest
  @MethodSource("good")
  void takes(String token) {
    assertThat(verifier.verify(token)).isInstanceOf(Verified.class);
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void refuses(String token) {
    Verification verification = verifier.verify(token);

    assertThat(verification).isInstanceOf(Rejected.class);
    assertThat(((Rejected) verification).error()).isIn(REASONS);
  }

  /** The same through the gateway: one answer whatever the reason, and no token in the log. */
  @Test
  @Tag("repeat")
  @Timeout(180) // signatures are slow where nothing is compiled by C2
  void refusesThemAllAlikeAndLogsNone() {
    Map<String, String> all = HostileTokens.all();
    try (RunningGateway gateway =
        RunningGateway.with("JWT_SECRET", HostileTokens.SECRET)
            .with("JWT_PUBLIC_KEY_FILE", keyFile)
            .with("JWT_ISSUER", HostileTokens.ISSUER)
            .with("JWT_AUDIENCE", HostileTokens.AUDIENCE)
            .with("MAX_CONNECTIONS_PER_IP", 100_000)
            .start()) {
      all.forEach((name, token) -> {
        try (TestClient client = gateway.connect()) {
          String json = token.replace("\\", "\\\\").replace("\"", "\\\"");
          client.send(
              "{\"type\":\"authenticate\",\"token\":\""
                  + json.replace("\n", "\\n").replace("\0", "\\u0000")
                  + "\"}");
          if (json.length() > 60_000) {
            assertThat(client.readClose().closeCode()).as(name).isEqualTo(1009);
          } else {
            assertThat(client.readText())
                .as(name)
                .isEqualTo("{\"type\":\"auth_error\",\"error\":\"Invalid token\"}");
            Frame close = client.read();
            assertThat(close.closeCode()).as(name).isEqualTo(4003);
            assertThat(close.closeReason()).as(name).isEqualTo("Authentication failed");
          }
        }
        boolean fitsAHeader =
            token.length() < 8_000
                && StandardCharsets.US_ASCII.newEncoder().canEncode(token)
                && token.chars().allMatch(character -> character > 0x20);
        if (fitsAHeader) {
          try (TestClient client = gateway.connectDropIn("api-key: " + token)) {
            assertThat(client.readText()).as(name).contains("\"code\":\"invalid_api_key\"");
            assertThat(client.read().closeCode()).as(name).isEqualTo(3000);
          }
        }
      });

      gateway.awaitNoConnections();
      for (String token : all.values()) {
        String[] parts = token.split("\\.", -1);
        String last = parts[parts.length - 1];
        assertThat(gateway.log())
            .noneMatch(line -> line.contains(parts[0]) && parts[0].length() > 8)
            .noneMatch(line -> line.contains(last) && last.length() > 8);
      }
    }
  }
}
