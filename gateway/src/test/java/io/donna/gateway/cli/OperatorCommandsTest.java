package io.donna.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.donna.gateway.kit.AdminClient;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestUpstream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands of operators against the admin port of a running gateway. */
class OperatorCommandsTest {
  private static final Map<String, Object> GOLD =
      Map.of("donna", Map.of("tenant", "acme", "tier", "gold"));

  /** Clears the screen, writes a title, forges a line, runs backwards, says it in 8 bits. */
  private static final String HOSTILE = "x\u001b[2J\u001b]0;owned\u0007\nforged\u202egnp\u009b2J";

  @TempDir private Path folder;

  /** What a command printed, and how it ended. */
  private record Run(int status, String out, String err) {
    JsonNode json() {
      assertThat(out).matches("[ -~]+\n");
      return JsonMapper.shared().readTree(out);
    }
  }

  private static Run run(RunningGateway gateway, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--url=http://127.0.0.1:" + gateway.adminPort());
    return run(all.toArray(String[]::new));
  }

  private static Run run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command = Donna.commandLine();
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return new Run(command.execute(arguments), out.toString(), err.toString());
  }

  private static RunningGateway start() {
    return RunningGateway.withoutUpstream().admin().start();
  }

  private static TestClient signIn(RunningGateway gateway, String subject) {
    return gateway.connect().authenticate(RunningGateway.token(subject, GOLD));
  }

  private static String idOf(RunningGateway gateway, String user) {
    return AdminClient.of(gateway)
        .get("/api/v1/sessions?user=" + user)
        .json()
        .at("/items/0/id")
        .asString();
  }

  private static void awaitEnded(RunningGateway gateway, int number) {
    await("sessions to have ended")
        .atMost(Duration.ofSeconds(10))
        .until(() -> gateway.gateway().sessions().ended().size() == number);
  }

  private static void assertEnded(TestClient client, String reason) {
    assertThat(client.readText()).contains("ended_by_operator", reason);
    assertThat(client.read().closeCode()).isEqualTo(4030);
  }

  @Test
  void statusSaysHowTheGatewayIs() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).admin().start();
        TestClient ann = signIn(gateway, "ann")) {
      Run status = run(gateway, "status");

      assertThat(status.status()).isZero();
      assertThat(status.out().lines())
          .anyMatch(line -> line.matches("gateway +test, up for \\d+s"))
          .contains("sessions   0 live, 0 connecting, 1 ready, 0 authenticating")
          .contains("upstream   openai up")
          .anyMatch(line -> line.matches("cost +\\$0\\.0000 in the last minute; \\d+ refusals"))
          .anyMatch(line -> line.matches("resources +event loops .* descriptors"));
      assertThat(run(gateway, "status", "--json").json().at("/sessions/ready").asInt())
          .isEqualTo(1);
      assertThat(ann.status()).isEqualTo(101);
    }
  }

  @Test
  void sessionsListsThemAndShowsOne() {
    try (RunningGateway gateway = start()) {
      assertThat(run(gateway, "sessions").out()).isEqualTo("No session is live.\n");
      assertThat(run(gateway, "sessions", "--ended").out())
          .isEqualTo("No session has ended yet.\n");
      try (TestClient ann = signIn(gateway, "ann");
          TestClient bob = signIn(gateway, "bob")) {
        Run all = run(gateway, "sessions", "--sort=user");
        assertThat(all.status()).isZero();
        assertThat(all.out().lines().map(line -> line.replaceAll(" +", " ")))
            .hasSize(3)
            .startsWith("ID USER STATE TIER AGE TURNS WAIT USD")
            .anyMatch(line -> line.matches("[0-9a-f-]{36} ann ready gold \\d+s 0 - 0\\.0000"));
        assertThat(run(gateway, "sessions", "--limit=1").out())
            .endsWith("1 more; --limit shows up to 1000\n");
        assertThat(run(gateway, "sessions", "--user=bob", "--json").json().get("total").asInt())
            .isEqualTo(1);
        assertThat(run(gateway, "sessions", "--tier=silver").out()).contains("No session is live.");
        String id = idOf(gateway, "ann");
        Run one = run(gateway, "sessions", id);
        assertThat(one.out().lines())
            .contains("session    " + id)
            .contains("user       ann (tenant acme, tier gold)")
            .contains("address    127.0.0.xxx")
            .contains("state      ready");
        assertThat(run(gateway, "sessions", id, "--json").json().at("/session/user").asString())
            .isEqualTo("ann");
        assertThat(ann.status()).isEqualTo(101);
        assertThat(bob.status()).isEqualTo(101);
      }
      Run none = run(gateway, "sessions", "nonsense");
      assertThat(none.status()).isEqualTo(1);
      assertThat(none.err()).startsWith("donna: No live session has this id");
      Run wrong = run(gateway, "sessions", "--sort=age");
      assertThat(wrong.status()).isEqualTo(1);
      assertThat(wrong.err()).contains("invalid fields: sort must be one of");
    }
  }

  @Test
  void endEndsSessionsAndTheListSaysWhy() {
    try (RunningGateway gateway = start();
        TestClient ann = signIn(gateway, "ann");
        TestClient bob = signIn(gateway, "bob");
        TestClient carl = signIn(gateway, "carl")) {
      String id = idOf(gateway, "ann");
      Run one = run(gateway, "end", id, "--reason=Plays the radio");

      assertThat(one).isEqualTo(new Run(0, "1 session ended\n", ""));
      assertEnded(ann, "Plays the radio");
      assertThat(run(gateway, "end", "--user=bob", "--reason=r", "--json").out())
          .isEqualTo("{\"ended\":1,\"unheard\":0}\n");
      assertEnded(bob, "\"r\"");
      assertThat(run(gateway, "end", "--address=203.0.113.0/24", "--reason=r").out())
          .isEqualTo("0 sessions ended\n");
      assertThat(run(gateway, "end", "--tier=gold", "--reason=r").out())
          .isEqualTo("1 session ended\n");
      assertEnded(carl, "\"r\"");
      awaitEnded(gateway, 3);
      assertThat(run(gateway, "sessions", "--ended").out())
          .contains("USD  END\n")
          .contains("0.0000  4030 Ended by an operator: Plays the radio\n");
      assertThat(run(gateway, "sessions", id).out())
          .containsPattern(
              "state +ended at \\S+ with 4030 Ended by an operator: Plays the radio\n");
      assertThat(run(gateway, "end", id, "--reason=r").status()).isEqualTo(1);
      assertThat(run(gateway, "end", "--user=bob").status()).isEqualTo(2); // no reason
      assertThat(run(gateway, "end", "--reason=r").status()).isEqualTo(2); // nobody
      Run tooLong = run(gateway, "end", "--user=bob", "--reason=" + "x".repeat(201));
      assertThat(tooLong.status()).isEqualTo(1);
      assertThat(tooLong.err()).contains("reason must be text of 1 to 200 characters");
    }
  }

  @Test
  void blockKeepsSomebodyOutAndUnblockLetsThemIn() {
    try (RunningGateway gateway = start();
        TestClient ann = signIn(gateway, "ann")) {
      assertThat(run(gateway, "block").out()).isEqualTo("Nobody is blocked.\n");
      Run block = run(gateway, "block", "--user=ann", "--for=10m", "--reason=abuse");

      assertThat(block.status()).isZero();
      assertThat(block.out()).matches("block \\S+ until \\S+Z; 1 session ended\n");
      assertEnded(ann, "abuse");
      assertThat(run(gateway, "block").out()).matches("\\S+  user ann  until \\S+Z  abuse\n");
      assertThat(run(gateway, "block", "--address=203.0.113.9", "--reason=r").status()).isZero();
      JsonNode blocks = run(gateway, "block", "--json").json();
      assertThat(blocks.get("total").asInt()).isEqualTo(2);
      assertThat(run(gateway, "block", "--address=nonsense", "--reason=r").err())
          .contains("address must be an address or CIDR range");
      assertThat(run(gateway, "block", "--user=ann").status()).isEqualTo(2);
      assertThat(run(gateway, "block", "--user=ann", "--for=0s", "--reason=r").status())
          .isEqualTo(2);
      for (JsonNode one : blocks.get("items")) {
        String id = one.get("id").asString();
        assertThat(run(gateway, "unblock", id, "--reason=over").out())
            .isEqualTo("block " + id + " removed\n");
        assertThat(run(gateway, "unblock", id, "--reason=over").status()).isEqualTo(1);
      }
      signIn(gateway, "ann").close();
    }
  }

  @Test
  void revokeRevokesTokensAndUsers() {
    try (RunningGateway gateway = start();
        TestClient ann = signIn(gateway, "ann")) {
      Run revoked = run(gateway, "revoke", "--user=ann", "--reason=left");

      assertThat(revoked.status()).isZero();
      assertThat(revoked.out()).matches("revocation \\S+ is in force\n");
      assertThat(ann.readText()).contains("Token revoked");
      assertThat(
              run(gateway, "revoke", "--jti=7f3a", "--reason=lost", "--json")
                  .json()
                  .get("jti")
                  .asString())
          .isEqualTo("7f3a");
      assertThat(run(gateway, "revoke", "--user=ann", "--before=soon", "--reason=r").err())
          .contains("before must be a time such as");
      assertThat(run(gateway, "revoke", "--reason=r").status()).isEqualTo(2);
    }
  }

  @Test
  void switchAndDrainStopTakingClients() {
    try (RunningGateway gateway = start();
        TestClient ann = signIn(gateway, "ann")) {
      assertThat(run(gateway, "switch").out()).isEqualTo("the proxy is on\n");
      assertThat(run(gateway, "switch", "off").status()).isEqualTo(2); // no reason
      assertThat(run(gateway, "switch", "off", "--end-sessions", "--reason=incident").out())
          .isEqualTo("the proxy is off\n");
      assertEnded(ann, "incident");
      assertThat(gateway.get("/test").statusCode()).isEqualTo(503);
      assertThat(run(gateway, "status").out()).contains(", switched off\n");
      assertThat(run(gateway, "switch", "--json").json().get("enabled").asBoolean()).isFalse();
      assertThat(run(gateway, "switch", "on", "--reason=over").out())
          .isEqualTo("the proxy is on\n");
      assertThat(run(gateway, "drain", "--reason=maintenance").out())
          .matches("draining: \\d+ connections are left\n");
      assertThat(gateway.get("/health").statusCode()).isEqualTo(503);
      assertThat(run(gateway, "drain", "--undo", "--reason=over").out())
          .isEqualTo("the gateway takes clients\n");
      assertThat(gateway.get("/health").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void limitsChangesThemForATimeAndLiftsThem() {
    try (RunningGateway gateway =
        RunningGateway.with("RATE_LIMIT_MAX_REQUESTS", 1_000)
            .with("MAX_CONNECTIONS_PER_IP", 50)
            .with("MAX_CONNECTIONS", 100)
            .admin()
            .start()) {
      Run usual = run(gateway, "limits");
      assertThat(usual.out())
          .isEqualTo(
              """
              requests     1000 per address in 60000 ms
              connections  50 per address, 100 in total
              as in the settings
              """);
      Run changed =
          run(
              gateway,
              "limits",
              "--requests=900",
              "--connections-per-address=0",
              "--for=10m",
              "--reason=a flood");

      assertThat(changed.status()).isZero();
      assertThat(changed.out())
          .startsWith(
              "requests     900 per address in 60000 ms\n"
                  + "connections  0 per address, 100 in total\nchanged until 2");
      try (TestClient refused = gateway.connect()) {
        assertThat(refused.status()).isEqualTo(429);
      }
      assertThat(run(gateway, "limits", "--json").json().get("requests").asInt()).isEqualTo(900);
      gateway.awaitLog(
          "\"action\":\"limit\",\"target\":\"requests 900, connections_per_address 0, for 600 s\"");
      assertThat(run(gateway, "limits", "--undo", "--reason=over")).isEqualTo(usual);
      signIn(gateway, "ann").close();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "limits --requests=5",
        "limits --requests=many --reason=r",
        "limits --undo",
        "limits --undo --requests=5 --reason=r",
        "limits --requests=5 --for=soon --reason=r",
        "limits --nonsense"
      })
  void limitsRefusesWhatItDoesNotUnderstand(String line) {
    try (RunningGateway gateway = start()) {
      assertThat(run(gateway, line.split(" ", -1)).status()).isEqualTo(2);
      assertThat(gateway.log()).noneMatch(entry -> entry.contains("ADMIN_ACTION"));
    }
  }

  @Test
  void limitsSaysWhichValueIsImpossible() {
    try (RunningGateway gateway = start()) {
      Run refused = run(gateway, "limits", "--requests=0", "--for=30d", "--reason=r");

      assertThat(refused.status()).isEqualTo(1);
      assertThat(refused.err())
          .contains("requests must be a whole number from 1", "seconds must be a whole number");
    }
  }

  @Test
  void reloadSaysWhichFilesAreInForce() throws IOException {
    Path revoked = Files.createFile(folder.resolve("revoked"));
    try (RunningGateway gateway =
        RunningGateway.with("JWT_REVOCATIONS_FILE", revoked).admin().start()) {
      assertThat(run(gateway, "reload"))
          .isEqualTo(new Run(0, "JWT_REVOCATIONS_FILE is in force\n", ""));
      Files.writeString(revoked, "nonsense\n");
      Run bad = run(gateway, "reload");

      assertThat(bad.status()).isEqualTo(1);
      assertThat(bad.out()).startsWith("JWT_REVOCATIONS_FILE").contains("line 1");
      assertThat(bad.err()).isEqualTo("donna: not every file is in force\n");
      assertThat(run(gateway, "reload", "--json").json().at("/files/0/in_force").asBoolean())
          .isFalse();
    }
    try (RunningGateway gateway = start()) {
      assertThat(run(gateway, "reload").out())
          .isEqualTo("The settings name no file that is reloaded.\n");
    }
  }

  @Test
  void topPrintsOneLookWhereThereIsNoTerminal() {
    try (RunningGateway gateway = start();
        TestClient ann = signIn(gateway, "ann")) {
      Run look = run(gateway, "top");

      assertThat(look.status()).isZero();
      assertThat(look.out()).startsWith("gateway ").contains("\nID ", " ann ");
      assertThat(run(gateway, "top", "--json").json().get("total").asInt()).isEqualTo(1);
      assertThat(ann.status()).isEqualTo(101);
    }
  }

  /** Names and reasons of others can neither move the cursor nor forge a line. */
  @Test
  void printsNamesAndReasonsOfOthersAsText() {
    String user = HOSTILE;
    try (RunningGateway gateway = start();
        TestClient ann = signIn(gateway, user)) {
      assertHarmless(run(gateway, "sessions"));
      assertHarmless(run(gateway, "top"));
      String id = run(gateway, "sessions", "--json").json().at("/items/0/id").asString();
      assertThat(run(gateway, "sessions", "--json").json().at("/items/0/user").asString())
          .isEqualTo(user);
      assertHarmless(run(gateway, "sessions", id));
      // The API takes no control characters in a reason, and these are none.
      assertThat(run(gateway, "end", id, "--reason=x\u202egnp").status()).isZero();
      assertThat(ann.status()).isEqualTo(101);
      awaitEnded(gateway, 1);
      assertHarmless(run(gateway, "sessions", "--ended"));
      assertHarmless(run(gateway, "sessions", id));
      assertHarmless(run(gateway, "end", HOSTILE, "--reason=r"));
    }
  }

  private static void assertHarmless(Run run) {
    assertThat((run.out() + run.err()).replace("\n", "").chars())
        .as(run.toString())
        .noneMatch(character ->
            Character.isISOControl(character) || Character.getType(character) == Character.FORMAT);
    assertThat(run.out().lines()).noneMatch(line -> line.startsWith("forged"));
  }

  @Test
  void saysThatNoGatewayAnswers() {
    int port;
    try (RunningGateway gateway = start()) {
      port = gateway.adminPort();
    }
    Run gone = run("status", "--url=http://127.0.0.1:" + port);

    assertThat(gone.status()).isEqualTo(1);
    assertThat(gone.out()).isEmpty();
    assertThat(gone.err())
        .isEqualTo(
            "donna: no gateway answers at http://127.0.0.1:%d/: set ADMIN_URL or --url to its admin port\n"
                .formatted(port));
  }

  @Test
  void saysThatThePortIsAnotherOne() {
    try (TestUpstream upstream = TestUpstream.start();
        RunningGateway gateway = RunningGateway.behind(upstream).admin().start()) {
      Run wrong = run("status", "--url=http://127.0.0.1:" + gateway.port());

      assertThat(wrong.status()).isEqualTo(1);
      assertThat(wrong.err()).startsWith("donna: ").doesNotContain("Exception");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:9091", "ftp://127.0.0.1", "http://", "not a url"})
  void refusesWhatIsNoUrl(String url) {
    Run refused = run("status", "--url=" + url);

    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).contains("is not a URL such as http://127.0.0.1:9091");
  }
}
