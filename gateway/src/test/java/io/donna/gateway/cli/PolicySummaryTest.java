package io.donna.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.ModelAliases;
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
        PolicyFile.read(Files.writeString(folder.resolve("policy.yaml"), yaml), ModelAliases.NONE);
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
            "  tier free (default, for tokens that name no tier)",
            "    models          gpt-realtime-2.1-mini; gpt-realtime-2.1-mini if the client names none",
            "    locked          audio.output.voice, instructions, tracing",
            "    at most         max_output_tokens 1024",
            "    instructions    hidden from the client",
            "    limit           20 responses per minute, those to turns included",
            "    budget          $2.50 per user and day",
            "    budget          50000 tokens per session",
            "    guard           card-numbers: 1 pattern, on the user's words, the assistant's"
                + " words within 1000 ms: answer \"Please do not share card numbers here.\","
                + " fails closed",
            "    turns           answered once the gateway allows it",
            "  tier staff");
  }

  @Test
  void explainsATierOfWhichNothingIsSaidAndOneThatIsOpen() throws IOException {
    assertThat(explained("default_tier: a\ntiers: {a: {}}"))
        .containsExactly(
            "  tier a (default, for tokens that name no tier)",
            "    models          any",
            "    transcription   any",
            "    events          all of the protocol",
            "    tools           any function",
            "    turns           answered by the upstream");
    assertThat(
            explained(
                "default_tier: a\n"
                    + "tiers: {a: {apis: [transcription, realtime], tools: [], mcp_tools: true, image_urls: true, prompts: true}}"))
        .contains(
            "    APIs            realtime, transcription",
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
                + " session, fails open, output held back until judged",
            "    not judged      instructions, which the client may set");
  }
}
