package io.donna.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class UsageCommandTest {
  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path log;

  @BeforeEach
  void write() throws IOException {
    log = folder.resolve("usage.jsonl");
    Files.write(
        log,
        List.of(
            line(hoursAgo(1), "s1", "resp_1", "ann", ",\"tenant\":\"acme\"", "gpt-realtime", "0.5"),
            line(hoursAgo(1), "s1", "resp_1", "ann", ",\"tenant\":\"acme\"", "gpt-realtime", "0.5"),
            line(hoursAgo(2), "s1", "resp_2", "ann", ",\"tenant\":\"acme\"", "mini", "0.0000001"),
            line(hoursAgo(3), "s2", "resp_3", "bob\\u001b[2J", "", "mini", "1"),
            line(hoursAgo(3), "s2", "resp_4", "bob\\u001b[2J", ",\"estimated\":true", "mini", "1"),
            line(hoursAgo(30), "s3", "resp_5", "carl", "", "mini", "100"),
            "{\"event\":\"session\",\"time\":\"" + hoursAgo(1) + "\",\"user\":\"ann\",\"usd\":7}",
            "{\"event\":\"respo"));
  }

  private static Instant hoursAgo(int hours) {
    return Clock.systemUTC().instant().minus(Duration.ofHours(hours));
  }

  private static String line(
      Instant time, String session, String id, String user, String more, String model, String usd) {
    return "{\"event\":\"response\",\"time\":\"%s\",\"session\":\"%s\",\"user\":\"%s\",\"model\":\"%s\",\"connection\":1,\"id\":\"%s\",\"input\":{\"text\":1000,\"audio\":234},\"output\":{\"audio\":5},\"usd\":%s%s}"
        .formatted(time, session, user, model, id, usd, more);
  }

  private int run(String... arguments) {
    CommandLine command = Donna.commandLine();
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(arguments);
  }

  @Test
  void showsWhoHasSpentWhatInTheLastDayTheDearestFirst() {
    assertThat(run("usage", "--file", log.toString())).isZero();

    List<String> lines = out.toString().lines().toList();
    assertThat(lines.get(2)).matches("USER +RESPONSES +TRANSCRIPTIONS +INPUT +CACHED +OUTPUT +USD");
    assertThat(lines.get(3)).matches("bob\\[2J +2 +0 +2,468 +0 +10 +2\\.000000");
    assertThat(lines.get(4)).matches("ann +2 +0 +2,468 +0 +10 +0\\.500000");
    assertThat(lines.get(5)).matches("total +4 +0 +4,936 +0 +20 +2\\.500000");
    assertThat(lines.getLast()).startsWith("1 of these are estimates");
    assertThat(err.toString()).contains("1 lines of the usage log are unreadable");
  }

  @Test
  void sumsUpByModelTenantAndSessionAndGoesFurtherBack() {
    assertThat(run("usage", "--file", log.toString(), "--since", "7d", "--by", "model")).isZero();
    assertThat(out.toString()).containsPattern("mini +4 .* 102\\.000000");

    assertThat(run("usage", "--file", log.toString(), "--by", "tenant")).isZero();
    assertThat(out.toString()).containsPattern("\\(none\\) +2 ").containsPattern("acme +2 ");

    assertThat(run("usage", "--file", log.toString(), "--by", "session")).isZero();
    assertThat(out.toString()).containsPattern("s1 +2 ").containsPattern("s2 +2 ");
  }

  @Test
  void printsJsonWithExactCosts() {
    assertThat(run("usage", "--file", log.toString(), "--json")).isZero();

    assertThat(out.toString()).contains("\"usd\":2.5000001");
    JsonNode json = JsonMapper.shared().readTree(out.toString());
    assertThat(json.path("by").asString()).isEqualTo("user");
    assertThat(json.path("usage").get(1).path("name").asString()).isEqualTo("ann");
    assertThat(json.path("usage").get(1).path("input").path("audio").asLong()).isEqualTo(468);
    assertThat(json.path("total").path("estimated").asLong()).isEqualTo(1);
  }

  @Test
  void saysWhatIsMissing() {
    assertThat(run("usage", "--file", folder.resolve("none").toString())).isEqualTo(1);
    assertThat(err.toString()).contains("does not exist");
    assertThat(run("usage", "--by", "weather", "--file", log.toString())).isEqualTo(2);
    assertThat(run("usage", "--since", "yesterday", "--file", log.toString())).isEqualTo(2);
  }

  @Test
  void saysThatItsSumsMayBeLow() throws IOException {
    Files.createFile(folder.resolve("usage.jsonl.1.gz"));

    assertThat(run("usage", "--file", log.toString())).isZero();
    assertThat(out.toString())
        .contains("The totals may be too low: parts of the usage log cannot be read:")
        .contains("usage.jsonl.1.gz ends too early");
    out.getBuffer().setLength(0);
    assertThat(run("usage", "--json", "--file", log.toString())).isZero();
    JsonNode json = JsonMapper.shared().readTree(out.toString());
    assertThat(json.path("complete").asBoolean(true)).isFalse();
    assertThat(json.path("unread").path(0).path("why").asString("")).isEqualTo("ends too early");
  }
}
