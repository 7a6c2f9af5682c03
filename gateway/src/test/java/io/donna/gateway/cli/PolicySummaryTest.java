package io.donna.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.policy.PolicyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicySummaryTest {
  @TempDir private Path folder;

  private List<String> explained(String yaml) throws IOException {
    PolicyFile.Reading reading =
        PolicyFile.read(Files.writeString(folder.resolve("policy.yaml"), yaml));
    assertThat(reading.problems()).isEmpty();
    return PolicySummary.of(reading.policy().orElseThrow());
  }

  @Test
  void explainsTheExampleOfTheDocuments() throws IOException {
    Matcher example =
        Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("../docs/policy.md")));
    assertThat(example.find()).isTrue();

    assertThat(explained(example.group(1)))
        .contains(
            "  tier free, of users whose token names none",
            "    models          gpt-realtime-2.1-mini; gpt-realtime-2.1-mini where none is named",
            "    locked          audio.output.voice, instructions, tracing",
            "    at most         max_output_tokens 1024",
            "    instructions    not shown to the client",
            "    limit           20 responses in a minute, a turn's own counted",
            "    budget          $2.50 a user and day",
            "    budget          50000 tokens a session",
            "    guard           card-numbers: 1 pattern, on the user's words, the assistant's"
                + " words within 1000 ms: answer \"Please do not share card numbers here.\","
                + " fails closed",
            "    turns           answered once they may be",
            "  tier staff");
  }

  @Test
  void explainsATierOfWhichNothingIsSaidAndOneThatIsOpen() throws IOException {
    assertThat(explained("default_tier: a\ntiers: {a: {}}"))
        .containsExactly(
            "  tier a, of users whose token names none",
            "    models          any",
            "    transcription   any",
            "    events          the protocol's",
            "    tools           any function",
            "    turns           the upstream's own");
    assertThat(
            explained(
                "default_tier: a\n"
                    + "tiers: {a: {tools: [], mcp_tools: true, image_urls: true, prompts: true}}"))
        .contains(
            "    tools           none",
            "    upstream calls  MCP tools, image URLs, stored prompts");
  }

  @Test
  void explainsGuardsAndWhatTheyLeaveOpen() throws IOException {
    assertThat(
            explained(
                """
                default_tier: a
                tiers:
                  a:
                    guards:
                      - {name: w, on: [user], webhook: "https://a.example/x?y", action: log}
                      - {name: h, on: [assistant], patterns: [b], action: end, hold_back: true,
                         on_failure: open, timeout_ms: 50}
                """))
        .contains(
            "    guard           w: https://a.example, on the user's words within 1000 ms: log",
            "    guard           h: 1 pattern, on the assistant's words within 50 ms: end the"
                + " session, fails open, held back until then",
            "    not judged      instructions, which the client may set");
  }
}
