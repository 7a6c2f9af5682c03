package io.donna.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.Secret;
import io.donna.gateway.config.TokenRules;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an operator is told of a token. */
@Timeout(30)
class TokenReportTest {
  private static final String SECRET = "0123456789abcdef0123456789abcdef";
  private static final Clock NOW =
      Clock.fixed(Instant.parse("2026-03-01T12:00:00Z"), ZoneOffset.UTC);

  private static TokenReport report(String claims) {
    return report(
        TestKeys.sign("HS256", TestKeys.hmac(SECRET), "{'alg':'HS256'}", claims), Optional.empty());
  }

  private static TokenReport report(String token, Optional<RemoteKeySet> remote) {
    try (LateChecks late = new LateChecks()) {
      return TokenReport.of(
          token,
          new TokenVerifier(
              new KeySet(List.of(VerificationKey.ofSecret(new Secret(SECRET)))),
              remote,
              TokenRules.USUAL,
              new Revocations(),
              late,
              NOW));
    }
  }

  @Test
  void listsWhatATokenGrants() {
    assertThat(report("{'sub':'ann'}"))
        .isEqualTo(
            new TokenReport(
                Optional.empty(), List.of("The token is valid: user ann, without expiry.")));
    assertThat(
            report(
                "{'sub':'ann','exp':1772370000,'donna':{'tier':'gold','tenant':'acme','models':"
                    + "['m1'],'limits':{'sessions':2}}}"))
        .isEqualTo(
            new TokenReport(
                Optional.empty(),
                List.of(
                    "The token is valid: user ann, until 2026-03-01T13:00:00Z.",
                    "  tier gold",
                    "  tenant acme",
                    "  model m1",
                    "  sessions 2")));
  }

  @Test
  void takesAnUnknownGrantForAnObstacle() {
    assertThat(report("{'sub':'ann','donna':{'teir':'gold'}}"))
        .isEqualTo(
            new TokenReport(
                Optional.of("the token has unknown grants"),
                List.of(
                    "The token is valid: user ann, without expiry.",
                    "  donna.teir is unknown and grants nothing")));
  }

  /** A terminal would take the bytes for commands. */
  @Test
  void escapesWhateverATokenSays() {
    String hostile = "\\u001b[2J";
    TokenReport report =
        report(
            "{'sub':'S','donna':{'tier':'S','tenant':'S','models':['S'],'S':1}}"
                .replace("S", hostile));

    assertThat(report.lines())
        .hasSize(5)
        .allSatisfy(line -> assertThat(line).contains("\\u001b[2J").doesNotContain("\u001b"));
  }

  @Test
  void saysWhyATokenIsNotValid() {
    assertThat(report("{'sub':'ann','exp':1}"))
        .isEqualTo(
            new TokenReport(
                Optional.of("the token is not valid"),
                List.of("The token is rejected: jwt expired.")));
  }

  @Test
  void waitsForTheKeySetAndSaysThatItIsUnavailable() {
    RemoteKeySet.Source down =
        () -> {
          throw new IOException("down");
        };
    try (RemoteKeySet keys =
        new RemoteKeySet(down, RemoteKeySet.Pace.USUAL, task -> Thread.ofVirtual().start(task))) {
      String token = TestKeys.token("ES256", "k", TestKeys.P256.getPrivate(), "{'sub':'ann'}");

      assertThat(report(token, Optional.of(keys)))
          .isEqualTo(
              new TokenReport(
                  Optional.of("the token cannot be verified"),
                  List.of("The token cannot be verified: key set unavailable.")));
    }
  }
}
