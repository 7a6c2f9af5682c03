package io.donna.gateway.config.policy;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.config.ModelAliases;
import io.donna.gateway.config.policy.GuardRule.Action;
import io.donna.gateway.config.policy.GuardRule.Means;
import io.donna.gateway.config.policy.GuardRule.Subject;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PolicyFileTest {
  private static final String WHOLE =
      """
      default_tier: free
      tiers:
        free:
          models:
            allowed: [gpt-realtime-2.1-mini, gpt-realtime-2.1]
            default: gpt-realtime-2.1-mini
            otherwise: rewrite
          transcription_models: [whisper-1]
          events: [session.update, input_audio_buffer.append, response.create]
          session:
            locked:
              instructions: Be brief.
              audio.output.voice: marin
              audio.input.turn_detection: {type: server_vad, threshold: 0.6}
              tracing: null
            defaults:
              output_modalities: [text]
            most:
              max_output_tokens: 1024
              audio.output.speed: 1.25
          tools: [look_up]
          mcp_tools: false
          image_urls: true
          prompts: true
          hide_instructions: true
          limits:
            messages_per_second: 100
            audio_seconds_per_minute: 70
            sessions_per_user: 2
          budgets:
            - per: user
              window: day
              tokens: 100000
              usd: 2.50
            - per: session
              usd: 0.5
        staff: {}
      """;

  @Test
  void readsAllThatThereIsToSay() {
    PolicyFile.Reading reading = PolicyFile.parse(WHOLE, ModelAliases.NONE);

    assertThat(reading.problems()).isEmpty();
    Policy policy = reading.policy().orElseThrow();
    assertThat(policy.defaultTier()).isEqualTo("free");
    assertThat(policy.tiers()).containsOnlyKeys("free", "staff");
    Tier free = requireNonNull(policy.tiers().get("free"));
    assertThat(free.models())
        .isEqualTo(
            new ModelRules(
                Optional.of(Set.of("gpt-realtime-2.1-mini", "gpt-realtime-2.1")),
                Optional.of("gpt-realtime-2.1-mini"),
                true));
    assertThat(free.transcriptionModels()).contains(Set.of("whisper-1"));
    assertThat(free.events().orElseThrow()).hasSize(3).contains("response.create");
    assertThat(free.session().locked())
        .hasToString(free.session().locked().toString())
        .containsOnlyKeys(
            "instructions", "audio.output.voice", "audio.input.turn_detection", "tracing");
    assertThat(free.session().locked().get("audio.input.turn_detection"))
        .hasToString("{\"type\":\"server_vad\",\"threshold\":0.6}");
    assertThat(free.session().locked().get("tracing")).hasToString("null");
    assertThat(free.session().defaults().get("output_modalities")).hasToString("[\"text\"]");
    assertThat(free.session().most())
        .isEqualTo(
            Map.of(
                "max_output_tokens", new BigDecimal(1024),
                "audio.output.speed", new BigDecimal("1.25")));
    assertThat(free.tools()).contains(Set.of("look_up"));
    assertThat(free.mcpTools()).isFalse();
    assertThat(free.imageUrls()).isTrue();
    assertThat(free.prompts()).isTrue();
    assertThat(free.hideInstructions()).isTrue();
    assertThat(free.limits())
        .isEqualTo(
            Map.of(
                LimitKind.MESSAGES_PER_SECOND, 100L,
                LimitKind.AUDIO_SECONDS_PER_MINUTE, 70L,
                LimitKind.SESSIONS_PER_USER, 2L));
    assertThat(free.budgets())
        .containsExactly(
            new Budget(
                Budget.Per.USER,
                Budget.Window.DAY,
                Optional.of(100_000L),
                Optional.of(new BigDecimal("2.50"))),
            new Budget(
                Budget.Per.SESSION,
                Budget.Window.SESSION,
                Optional.empty(),
                Optional.of(new BigDecimal("0.5"))));
    assertThat(free.budgets().getFirst()).hasToString("100000 tokens and $2.50 per user and day");
  }

  @Test
  void allowsLittleOfWhatReachesBeyondTheUpstreamWhereNothingIsSaid() {
    Policy policy =
        PolicyFile.parse("default_tier: a\ntiers: {a: {}}", ModelAliases.NONE)
            .policy()
            .orElseThrow();
    Tier tier = requireNonNull(policy.tiers().get("a"));

    assertThat(tier.mcpTools()).isFalse();
    assertThat(tier.imageUrls()).isFalse();
    assertThat(tier.prompts()).isFalse();
    assertThat(tier.gatesTurns()).isFalse();
    assertThat(tier.models().allow("any")).isTrue();
  }

  static Stream<Arguments> mistakes() {
    String head = "default_tier: a\ntiers:\n  a:\n";
    return Stream.of(
        Arguments.of("", "line 1: the file must be a mapping"),
        Arguments.of("- a", "line 1: the file must be a mapping"),
        Arguments.of(
            "a: [",
            "line 1: is not valid YAML: expected the node content, but found '<stream end>'"),
        Arguments.of("default_tier: a", "line 1: has no tiers"),
        Arguments.of(
            "tiers: {a: {}}",
            "line 1: default_tier is required: the tier of clients whose token names none"),
        Arguments.of("default_tier: b\ntiers: {a: {}}", "line 1: default_tier: unknown tier \"b\""),
        Arguments.of("default_tier: a\ntiers: {a: {}, a: {}}", "line 2: duplicate key \"a\""),
        Arguments.of(head + "    toolz: []", "line 4: unknown key \"toolz\""),
        Arguments.of(head + "    tools: look_up", "line 4: tools must be a list of names"),
        Arguments.of(head + "    tools: [[a]]", "line 4: tools must be a list of names"),
        Arguments.of(
            head + "    tools: [{description: a}]",
            "line 4: tools: name must be 1 to 64 letters, digits, _ and -, without spaces"),
        Arguments.of(
            head + "    tools: [{name: a b}]",
            "line 4: tools: name must be 1 to 64 letters, digits, _ and -, without spaces"),
        Arguments.of(
            head + "    tools: [{name: a, parameters: [b]}]",
            "line 4: tools: parameters must be a JSON schema"),
        Arguments.of(
            head + "    tools: [{name: a}, a, {name: a}]", "line 4: tools: duplicate \"a\""),
        Arguments.of(
            head + "    tools: [{name: a, strict: true}]", "line 4: unknown key \"strict\""),
        Arguments.of(head + "    prompts: yes", "line 4: prompts must be true or false"),
        Arguments.of(head + "    models: none", "line 4: models must be a mapping"),
        Arguments.of(
            head + "    models:\n      allowed: [m]",
            "line 5: models: default is required with allowed: clients may name no model"),
        Arguments.of(
            head + "    apis: [realtime, Transcription]",
            "line 4: apis: \"Transcription\" is not one of realtime, transcription, translation, live"),
        Arguments.of(head + "    apis: []", "line 4: apis: the list is empty"),
        Arguments.of(
            head + "    models: {allowed: [m], default: n}",
            "line 4: default: \"n\" is not in allowed"),
        Arguments.of(
            head + "    models: {otherwise: rewrite}",
            "line 4: otherwise: rewrite requires a default model"),
        Arguments.of(
            head + "    models: {default: m, otherwise: drop}",
            "line 4: otherwise must be one of refuse, rewrite"),
        Arguments.of(
            head + "    limits:\n      sessions: 0",
            "line 5: sessions must be a whole number from 1 to 1000000000000"),
        Arguments.of(
            head + "    limits:\n      sessions: 1.5",
            "line 5: sessions must be a whole number from 1 to 1000000000000"),
        Arguments.of(
            head + "    limits:\n      sessions: \"5\"",
            "line 5: sessions must be a whole number from 1 to 1000000000000"),
        Arguments.of(
            head + "    limits:\n      session_minutes: 5",
            "line 5: unknown key \"session_minutes\""),
        Arguments.of(
            head + "    budgets:\n      - {per: user, usd: 1}",
            "line 5: budgets: window must be hour, day or month"),
        Arguments.of(
            head + "    budgets:\n      - {per: session, window: day, usd: 1}",
            "line 5: budgets: per session takes no window"),
        Arguments.of(
            head + "    budgets:\n      - {per: user, window: day}",
            "line 5: budgets: tokens, usd or both are required"),
        Arguments.of(
            head + "    budgets:\n      - {per: user, window: day, usd: -1}",
            "line 5: usd must be a number above 0"),
        Arguments.of(
            head + "    session:\n      most: {temperature: 1}",
            "line 5: most: \"temperature\" is not one of audio.output.speed, max_output_tokens"),
        Arguments.of(
            head + "    session:\n      locked: {tracing: null}\n      defaults: {tracing: auto}",
            "line 6: defaults: tracing is also locked"));
  }

  static Stream<Arguments> mistakesInGuards() {
    String sound = "name: g, on: [user], patterns: [a], action: cancel";
    return Stream.of(
        Arguments.of("guards: {}", "line 4: guards must be a list of mappings"),
        Arguments.of(
            guard("on: [user], patterns: [a], action: cancel"), "line 5: guards: name is required"),
        Arguments.of(
            guard("name: g, patterns: [a], action: cancel"),
            "line 5: on must be a list of user, instructions, assistant, tool_calls"),
        Arguments.of(
            guard("name: g, on: [users], patterns: [a], action: cancel"),
            "line 5: on must be a list of user, instructions, assistant, tool_calls"),
        Arguments.of(
            guard("name: g, on: [user], action: cancel"),
            "line 5: guards: set either patterns or webhook"),
        Arguments.of(
            guard(sound + ", webhook: 'https://a.example'"),
            "line 5: guards: set either patterns or webhook"),
        Arguments.of(
            guard("name: g, on: [user], patterns: [a]"),
            "line 5: guards: action must be one of log, answer, cancel, end"),
        Arguments.of(
            guard(sound.replace("cancel", "drop")),
            "line 5: action must be one of log, answer, cancel, end"),
        Arguments.of(
            guard(sound + ", timeout_ms: 5"),
            "line 5: timeout_ms must be a whole number from 10 to 30000"),
        Arguments.of(
            guard(sound + ", on_failure: shut"), "line 5: on_failure must be one of open, closed"),
        Arguments.of(
            guard(sound.replace("cancel", "log") + ", on_failure: closed"),
            "line 5: on_failure: closed has no effect with action log"),
        Arguments.of(
            guard(sound + ", hold_back: true"),
            "line 5: hold_back: requires on: [assistant] and an action other than log"),
        Arguments.of(
            guard(sound.replace("cancel", "answer")),
            "line 5: guards: action answer requires answer"),
        Arguments.of(guard(sound + ", answer: b"), "line 5: guards: answer requires action answer"),
        Arguments.of(
            guard(sound.replace("cancel", "answer") + ", answer: An A."),
            "line 5: answer: matches the guard's own patterns"),
        Arguments.of(
            guard(sound.replace("cancel", "answer") + ", answer: " + "b".repeat(1001)),
            "line 5: answer must have at most 1000 characters"),
        Arguments.of(
            guard(sound) + guard(sound).replace("guards:\n", ""),
            "line 6: name: duplicate guard \"g\""),
        Arguments.of(
            guard(sound.replace("[a]", "['(a']")),
            "line 5: patterns: \"(a\" is not a valid RE2 pattern: missing closing )"),
        Arguments.of(
            guard(sound.replace("[a]", "['(?=a)']")),
            "line 5: patterns: \"(?=a)\" is not a valid RE2 pattern: invalid or unsupported Perl syntax"),
        Arguments.of(
            guard(sound.replace("[a]", "['a*']")), "line 5: patterns: \"a*\" matches any text"),
        Arguments.of(
            guard(sound.replace("[a]", "[]")), "line 5: patterns must be a list of strings"),
        Arguments.of(
            guard(sound.replace("patterns: [a]", "webhook: http://a.example/")),
            "line 5: webhook must be an https:// URL (http:// only on this machine) without"
                + " credentials or fragment"),
        Arguments.of(
            guard(sound.replace("patterns: [a]", "webhook: 'https://u:p@a.example/'")),
            "line 5: webhook must be an https:// URL (http:// only on this machine) without"
                + " credentials or fragment"),
        Arguments.of(
            guard(sound) + "    session: {locked: {audio.input.transcription: null}}",
            "line 4: guards: judging the user's words requires the transcription that"
                + " session.locked turns off"),
        Arguments.of(
            guard(sound) + "    transcription_models: [whisper-1]",
            "line 4: guards: guard_transcription_model must be one of" + " transcription_models"),
        Arguments.of(
            "guard_transcription_model: whisper-1",
            "line 4: guard_transcription_model: no guard judges the user's words"));
  }

  private static String guard(String rest) {
    return "guards:\n      - {" + rest + "}\n";
  }

  @Test
  void readsToolsByTheirNamesAndWhole() {
    PolicyFile.Reading reading =
        PolicyFile.parse(
            """
            default_tier: a
            tiers:
              a:
                tools:
                  - look_up
                  - name: cancel
                    description: Cancels.
                    parameters: {type: object, properties: {order: {type: string}}}
            """,
            ModelAliases.NONE);

    assertThat(reading.problems()).isEmpty();
    Tier tier = reading.policy().orElseThrow().tiers().get("a");
    assertThat(tier).isNotNull();
    assertThat(tier.tools()).contains(Set.of("look_up", "cancel"));
    assertThat(tier.toolDefinitions()).containsOnlyKeys("cancel");
    assertThat(tier.toolDefinitions().get("cancel"))
        .hasToString(
            "{\"type\":\"function\",\"name\":\"cancel\",\"description\":\"Cancels.\",\"parameters\":"
                + "{\"type\":\"object\",\"properties\":{\"order\":{\"type\":\"string\"}}}}");
  }

  @ParameterizedTest
  @MethodSource("mistakesInGuards")
  void saysWhatIsWrongWithAGuardByItsLine(String guards, String problem) {
    PolicyFile.Reading reading =
        PolicyFile.parse("default_tier: a\ntiers:\n  a:\n    " + guards, ModelAliases.NONE);

    assertThat(reading.policy()).isEmpty();
    assertThat(reading.problems()).contains(problem);
  }

  @Test
  void readsGuards() {
    String guards =
        """
        default_tier: a
        tiers:
          a:
            guard_transcription_model: whisper-1
            guards:
              - name: words
                on: [user, assistant]
                patterns: ['b[ou]ld']
                action: answer
                answer: No.
                hold_back: true
              - {name: asked, on: [tool_calls], webhook: 'http://localhost:1/x', action: log,
                 timeout_ms: 50}
        """;

    GuardRules rules =
        requireNonNull(
                PolicyFile.parse(guards, ModelAliases.NONE).policy().orElseThrow().tiers().get("a"))
            .guards();

    assertThat(rules.transcriptionModel()).isEqualTo("whisper-1");
    GuardRule words = rules.rules().getFirst();
    assertThat(words.on()).containsExactlyInAnyOrder(Subject.USER, Subject.ASSISTANT);
    assertThat(((Means.Patterns) words.means()).patterns().getFirst().matches("BOLD")).isTrue();
    assertThat(words.action()).isEqualTo(Action.ANSWER);
    assertThat(words.answer()).isEqualTo("No.");
    assertThat(words.failsOpen()).isFalse();
    assertThat(words.holdBack()).isTrue();
    assertThat(words.timeout()).hasSeconds(1);
    GuardRule asked = rules.rules().getLast();
    assertThat(asked.means()).isEqualTo(new Means.Webhook(URI.create("http://localhost:1/x")));
    assertThat(asked.failsOpen()).isTrue();
    assertThat(asked.timeout()).hasMillis(50);
    assertThat(rules.gate(Subject.USER)).isTrue();
    assertThat(rules.gate(Subject.TOOL_CALLS)).isFalse();
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void saysWhatIsWrongByItsLine(String yaml, String problem) {
    PolicyFile.Reading reading = PolicyFile.parse(yaml, ModelAliases.NONE);

    assertThat(reading.policy()).isEmpty();
    assertThat(reading.problems()).contains(problem);
  }

  @Test
  void saysEverythingThatIsWrongAtOnceInOrder() {
    PolicyFile.Reading reading =
        PolicyFile.parse(
            """
            default_tier: a
            tiers:
              a:
                session:
                  locked:
                    voice: marin
                limits:
                  sessions: none
                toolz: []
            """,
            ModelAliases.NONE);

    assertThat(reading.problems()).hasSize(3);
    assertThat(reading.problems().get(0))
        .startsWith(
            "line 6: unknown session field \"voice\": it must be one of output_modalities, ");
    assertThat(reading.problems().get(1)).startsWith("line 8: sessions must be");
    assertThat(reading.problems().get(2)).startsWith("line 9: unknown key");
  }

  @Test
  void survivesWhatIsNoPolicyAtAll(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("policy.yaml");
    Files.write(file, new byte[] {(byte) 0xFF, 'a'});
    assertThat(PolicyFile.read(file, ModelAliases.NONE).problems()).containsExactly("is not UTF-8");
    Files.writeString(file, WHOLE, StandardCharsets.UTF_8);
    assertThat(PolicyFile.read(file, ModelAliases.NONE).problems()).isEmpty();
    assertThat(PolicyFile.read(folder.resolve("none"), ModelAliases.NONE).problems()).hasSize(1);
    assertThat(
            PolicyFile.parse(
                    "default_tier: a\ntiers: {a: {session: {locked: {tools: &t [*t]}}}}",
                    ModelAliases.NONE)
                .problems())
        .hasSize(1);
  }

  private static final String OPEN = "default_tier: open\ntiers:\n  open: ";

  private static String aliases(int levels) {
    StringBuilder yaml = new StringBuilder("a0: &a0 [1, 1, 1]\n");
    for (int i = 1; i <= levels; i++) {
      yaml.append("a%d: &a%d [*a%d, *a%d, *a%d]\n".formatted(i, i, i - 1, i - 1, i - 1));
    }
    return yaml.toString();
  }

  static Stream<Arguments> hostile() {
    return Stream.of(
        Arguments.of("default_tier: " + "[".repeat(20_000), "is nested too deeply"),
        Arguments.of("a: " + "{a: ".repeat(20_000), "is nested too deeply"),
        Arguments.of(
            OPEN
                + "{guards: [{name: g, on: [instructions], action: log, patterns: ['"
                + "(".repeat(20_000)
                + "a"
                + ")".repeat(20_000)
                + "']}]}",
            "is nested too deeply"),
        Arguments.of(
            aliases(15) + OPEN + "{session: {locked: {tracing: *a15}}}",
            "has more than 10000 nodes"),
        Arguments.of(
            OPEN + "{budgets: [{per: user, window: day, usd: 1e999999999}]}",
            "usd must be a number"),
        Arguments.of(
            OPEN + "{limits: {sessions: " + "1".repeat(500_000) + "}}", "sessions must be a whole"),
        Arguments.of("\0".repeat(1 << 20), "is not valid YAML"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("hostile")
  @Timeout(20)
  void saysWhatIsWrongWithAFileThatIsMadeToHurt(String yaml, String problem) {
    assertThat(PolicyFile.parse(yaml, ModelAliases.NONE).policy()).isEmpty();
    assertThat(PolicyFile.parse(yaml, ModelAliases.NONE).problems())
        .anyMatch(found -> found.contains(problem));
  }

  @Test
  void readsNoMoreThanAMebibyte(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("policy.yaml");
    try (RandomAccessFile hole = new RandomAccessFile(file.toFile(), "rw")) {
      hole.setLength(1L << 40);
    }

    assertThat(PolicyFile.read(file, ModelAliases.NONE).problems())
        .containsExactly("is larger than 1024 KiB");
  }
}
