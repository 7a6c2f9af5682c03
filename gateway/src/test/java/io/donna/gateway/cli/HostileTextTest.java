package io.donna.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.donna.gateway.audit.Redaction;
import io.donna.gateway.auth.TestKeys;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.LogFormat;
import io.donna.gateway.config.Settings;
import io.donna.gateway.kit.KeySetServer;
import io.donna.gateway.kit.TestUpstream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/** What others say reaches a terminal or the log as printable text, on the line that quotes it. */
class HostileTextTest {
  /** Escapes of 7 and 8 bits, forged lines by every line break, and text that runs backwards. */
  private static final String HOSTILE =
      "x\u001b[2J\u009b2J\r\n"
          + "2026-01-01T00:00:00Z INFO forged\u0085\u2028\u2029\u202egnp\u2066\u0000\u007f"
          + "\ud800\udb40\udc41";

  private static final String FORGED = "2026-01-01T00:00:00Z INFO forged";
  private static final int TWELVE_MEGABYTES = 12 << 20;

  @TempDir private Path folder;

  private static Stream<Throwable> faults() {
    RuntimeException fault = new IllegalStateException(HOSTILE, new IOException(HOSTILE));
    fault.addSuppressed(new IOException("y".repeat(TWELVE_MEGABYTES)));
    return Stream.of(fault, new IOException("y".repeat(TWELVE_MEGABYTES) + HOSTILE));
  }

  /** What {@link Logging} would write: a line, and those of its exception. */
  private static String written(LogFormat format, ILoggingEvent event) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    LineQueue queue = new LineQueue(context, new LineLayout(format, new Redaction(List.of())), out);
    queue.start();
    queue.doAppend(event);
    queue.stop(); // writes what is queued
    return out.toString(StandardCharsets.UTF_8);
  }

  /** The last argument may be an exception, as with SLF4J. */
  private static ILoggingEvent event(String message, Object... arguments) {
    Logger logger = (Logger) LoggerFactory.getLogger("test");
    return new LoggingEvent("test", logger, Level.WARN, message, null, arguments);
  }

  @ParameterizedTest
  @EnumSource(LogFormat.class)
  void logsTextOfOthersOnOneLineOfAscii(LogFormat format) {
    String line = written(format, event("the upstream says {}", HOSTILE));

    assertThat(line).matches("[ -~]*\n").contains(FORGED);
    assertThat(written(format, event("y".repeat(TWELVE_MEGABYTES)))).hasSizeLessThan(9_000);
  }

  @ParameterizedTest
  @EnumSource(LogFormat.class)
  void logsExceptionsThatQuoteOthersWithoutALineOfTheirs(LogFormat format) {
    faults()
        .forEach(fault -> {
          String lines = written(format, event("a fault", fault));

          assertThat(lines).matches("[ -~\\n\\t]*").hasSizeLessThan(40_000);
          assertThat(lines.lines()).noneMatch(line -> line.startsWith("2026-01-01"));
          assertThat(lines).contains("IOException");
        });
  }

  @Test
  void keepsNoMegabytesInTheQueueOfTheLog() {
    assertThat(written(LogFormat.TEXT, event("{}", "y".repeat(TWELVE_MEGABYTES))))
        .hasSizeLessThan(9_000);
  }

  /** Every command, with hostile text from where it gets its text. */
  private void assertHarmless(String printed) {
    assertThat(printed.replace("\n", "").chars())
        .as(printed)
        .noneMatch(character ->
            Character.isISOControl(character)
                || Character.getType(character) == Character.FORMAT
                || Character.getType(character) == Character.SURROGATE
                || character == 0x2028
                || character == 0x2029);
    assertThat(printed.lines()).noneMatch(line -> line.startsWith("2026-01-01"));
  }

  private record Run(int status, String printed) {}

  private static Run run(String... arguments) {
    StringWriter printed = new StringWriter();
    CommandLine command = Donna.commandLine();
    command.setOut(new PrintWriter(printed, true));
    command.setErr(new PrintWriter(printed, true));
    return new Run(command.execute(arguments), printed.toString());
  }

  private static String json(String text) {
    StringBuilder json = new StringBuilder("\"");
    text.chars().forEach(character -> json.append("\\u%04x".formatted(character)));
    return json.append('"').toString();
  }

  @Test
  void saysOfTokensKeysAndUpstreamsWhatIsFitToRead() throws IOException {
    String claims =
        "{'sub':%1$s,'donna':{'tier':%1$s,'tenant':%1$s,'models':[%1$s],%1$s:1}}"
            .formatted(json(HOSTILE.replaceAll("[\\ud800-\\udfff]", "")).replace('"', '\''));
    String token = TestKeys.token("ES256", "k1", TestKeys.P256.getPrivate(), claims);
    try (KeySetServer keys =
        KeySetServer.start().serve("/keys", TestKeys.jwks(TestKeys.jwk(TestKeys.P256, "k1")))) {
      Printing out = new Printing();
      AuthProbe.Result result =
          AuthProbe.run(out.settings("JWT_JWKS_URL", keys.uri("/keys")).auth(), Optional.of(token));
      result.lines().forEach(out.terminal::line);

      assertThat(out.printed()).contains("The token is valid: user x\\u001b[2J");
      assertHarmless(out.printed());
    }
  }

  static Stream<Arguments> firstWords() {
    String text = json(HOSTILE);
    return Stream.of(
        Arguments.of("{\"type\":\"session.created\",\"session\":{\"model\":" + text + "}}"),
        Arguments.of(
            "{\"type\":\"error\",\"error\":{\"message\":" + text + ",\"code\":" + text + "}}"),
        Arguments.of("{\"type\":" + text + "}"));
  }

  @ParameterizedTest
  @MethodSource("firstWords")
  void saysWhatAnUpstreamSaysFirst(String word) throws Exception {
    try (TestUpstream upstream = TestUpstream.start()) {
      Thread answering = Thread.ofVirtual().start(() -> upstream.take().accept().send(word));
      Printing out = new Printing();
      var settings = out.settings("OPENAI_REALTIME_URL", upstream.uri());
      out.terminal.line(UpstreamProbe.run(settings, settings.upstreams().getFirst()).text());
      answering.join();

      assertThat(out.printed()).containsAnyOf("The upstream", "OK: ");
      assertHarmless(out.printed());
    }
  }

  private static final class Printing {
    private final StringWriter printed = new StringWriter();
    private final Terminal terminal = new Terminal(new PrintWriter(printed, true));

    Settings settings(String name, Object value) {
      try {
        return Settings.read(
            Environment.of(
                Map.of(
                    "ENABLE_WS_PROXY", "true", "OPENAI_API_KEY", "sk-x", name, value.toString())));
      } catch (InvalidSettings e) {
        throw new AssertionError(e);
      }
    }

    String printed() {
      return printed.toString();
    }
  }

  @Test
  void saysWhoHasSpentWhat() throws IOException {
    Path log =
        Files.writeString(
            folder.resolve("usage.jsonl"),
            "{\"event\":\"response\",\"time\":\"%s\",\"session\":\"s\",\"user\":%s,\"model\":\"m\",\"connection\":1,\"id\":\"r\",\"usd\":1}\n"
                .formatted(Clock.systemUTC().instant(), json(HOSTILE)));
    Run table = run("usage", "--file", log.toString());
    Run json = run("usage", "--json", "--file", log.toString());

    assertThat(table.printed()).contains("gnp");
    assertHarmless(table.printed());
    assertHarmless(json.printed());
    assertThat(json.printed()).contains("\\u001B[2J");
  }

  @Test
  void saysWhatIsWrongWithAPolicyOrASetting() throws IOException {
    String policy = "default_tier: a\ntiers: {\"\\e[2J\\n\\u202e\": {\"\\e]0;\\L\": 1}}\n";
    Path file = Files.writeString(folder.resolve("policy.yaml"), policy);
    Run install = run("policy", "install", file.toString(), "--to", folder + "/p");

    assertThat(install.status()).isEqualTo(78);
    assertThat(install.printed()).contains("line 2");
    assertHarmless(install.printed());
    Run file404 = run("usage", "--file", folder + "/x\u001b[2J\u202e");
    assertThat(file404.status()).isEqualTo(1);
    assertHarmless(file404.printed());
  }

  /** POSIX's control characters are those of ASCII: neither C1 nor what turns text around. */
  @Test
  void replacesControlCharactersInOneWayOnly() throws IOException {
    try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
      assertThat(
              sources
                  .filter(Files::isRegularFile)
                  .filter(source -> read(source).contains("p{Cntrl}")))
          .isEmpty();
    }
  }

  private static String read(Path source) {
    try {
      return Files.readString(source, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
