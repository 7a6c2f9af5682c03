package io.donna.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.audit.LineOperationsLog;
import io.donna.gateway.audit.LineSecurityLog;
import io.donna.gateway.audit.LineSecurityLogTest;
import io.donna.gateway.audit.OperationsEvent;
import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.LogFormat;
import io.donna.gateway.config.ResolvedSetting;
import io.donna.gateway.config.Settings;
import io.donna.gateway.kit.Documents;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the documents name is there, and what is there is named. */
class DocumentsTest {
  private static final Path ROOT = Documents.ROOT;
  private static final Path SOURCES = Path.of("src/main/java/io/donna/gateway");

  /** Arguments in which a code stands, as a literal or as the name of a constant. */
  private static final List<Pattern> CODES =
      Stream.of(
              "gatewayError\\(\\s*([\\w.\"]+)\\s*,",
              "new Refusal\\(\\s*([\\w.\"]+)\\s*,",
              "(?:error|ofApi)\\([^;]{0,80}?Optional\\.of\\(\\s*([\\w.\"]+)\\s*\\)",
              "\\.refuse\\(\\s*\\w+\\s*,\\s*([\\w.\"]+)\\s*,",
              "\\bfail\\(\\s*(?:\\w+\\.\\w+,\\s*)?([\\w.\"]+)\\s*,",
              "new (?:Outcome\\.)?Failed\\(\\s*([\\w.\"]+)\\s*,",
              "Unreadable\\(\\s*([\\w.\"]+)\\s*,",
              "(?m)^  [A-Z_]+\\(\\s*(\"[a-z]+(?:_[a-z]+)+\"), *\"Invalid event")
          .map(Pattern::compile)
          .toList();

  private static final Pattern CODE = Pattern.compile("[a-z]+(_[a-z]+)*");

  /** Capitals with an underscore that are no settings of the gateway's. */
  private static final Set<String> NO_SETTINGS =
      Set.of(
          "NODE_EXTRA_CA_CERTS",
          "JAVA_HOME",
          "ADMIN_URL",
          "ADMIN_CA_FILE",
          "SO_REUSEPORT",
          "DONNA_JAVA_OPTS",
          "NODE_ENV",
          "XDG_RUNTIME_DIR");

  private static List<String> sources() throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      return files
          .filter(file -> file.toString().endsWith(".java") && !file.toString().contains("/cli/"))
          .map(Documents::read)
          .toList();
    }
  }

  /** The first cells of the table below a heading of the reference. */
  private static List<List<String>> reference(String heading) {
    String section = Documents.section(ROOT.resolve("docs/reference.md"), heading);
    return section
        .lines()
        .filter(line -> line.startsWith("| ") && !line.startsWith("| ---"))
        .skip(1)
        .map(line -> Arrays.stream(line.split("\\|")).map(String::strip).skip(1).toList())
        .toList();
  }

  private static Set<String> firstCells(String heading) {
    return reference(heading).stream()
        .map(row -> row.getFirst().replace("`", ""))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void theReferenceHasEverySecurityEventWithItsFields() {
    List<List<String>> events =
        LineSecurityLogTest.events()
            .map(row -> (SecurityEvent) Objects.requireNonNull(row.get()[0]))
            .filter(event ->
                !(event instanceof SecurityEvent.OfSession
                    || event instanceof SecurityEvent.Repeated))
            .map(event ->
                List.of(
                    "`" + event.event() + "`",
                    Arrays.stream(event.getClass().getRecordComponents())
                        .map(RecordComponent::getName)
                        .map(name -> "`" + name + "`")
                        .collect(Collectors.joining(", "))))
            .toList();

    assertThat(reference("Security events").stream().map(row -> row.subList(0, 2)).toList())
        .containsExactlyInAnyOrderElementsOf(events);
  }

  @Test
  void theReferenceHasEveryOperationsEventWithItsFields() {
    assertThat(reference("Operations events").stream().map(row -> row.subList(0, 2)).toList())
        .containsExactlyInAnyOrderElementsOf(
            OPERATIONS.stream()
                .map(event ->
                    List.of("`" + event.event() + "`", code(componentsOf(event.getClass()))))
                .toList());
    assertThat(OPERATIONS.stream().<Class<?>>map(Object::getClass).toList())
        .containsExactlyInAnyOrder(OperationsEvent.class.getPermittedSubclasses());
  }

  private static final List<OperationsEvent> OPERATIONS =
      List.of(new OperationsEvent.Heartbeat(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));

  private static Stream<String> componentsOf(Class<?> type) {
    return Arrays.stream(type.getRecordComponents()).map(RecordComponent::getName);
  }

  private static String code(Stream<String> names) {
    return names.map(name -> "`" + name + "`").collect(Collectors.joining(", "));
  }

  /** What each event adds to the fields that every line has. */
  @Test
  void theReferenceHasTheFieldsOfEcsOfEveryEvent() {
    List<String> lines = new ArrayList<>();
    LineSecurityLog log =
        new LineSecurityLog(
            LogFormat.JSON, Clock.systemUTC(), (kind, events, line) -> lines.add(line));
    LineSecurityLogTest.events()
        .map(row -> (SecurityEvent) Objects.requireNonNull(row.get()[0]))
        .filter(event -> event.equals(event.unwrapped()))
        .map(event ->
            event instanceof SecurityEvent.HandshakeTokenIgnored ignored
                ? new SecurityEvent.HandshakeTokenIgnored(
                    ignored.ip(), Optional.of("ann"), Optional.of("jwt malformed"))
                : event)
        .forEach(log::record);
    OPERATIONS.forEach(
        new LineOperationsLog(
                LogFormat.JSON, Clock.systemUTC(), (kind, events, line) -> lines.add(line))
            ::record);

    assertThat(reference("Fields of ECS"))
        .containsExactlyInAnyOrderElementsOf(lines.stream().map(DocumentsTest::ecsRow).toList());
  }

  private static List<String> ecsRow(String line) {
    JsonNode json = JsonMapper.shared().readTree(line);
    List<String> all = List.copyOf(json.propertyNames());
    List<String> ecs = all.subList(all.indexOf("@timestamp"), all.size());
    Set<String> shown =
        Set.of("event.kind", "event.category", "event.type", "event.action", "event.outcome");
    Set<String> everywhere =
        Set.of(
            "@timestamp",
            "log.level",
            "log.logger",
            "ecs.version",
            "service.name",
            "client.address",
            "client.ip");
    assertThat(json.get("event.action")).isEqualTo(json.get("event"));
    return List.of(
        "`" + json.get("event").asString() + "`",
        json.get("event.kind").asString(),
        words(json.get("event.category")),
        words(json.get("event.type")),
        json.has("event.outcome") ? json.get("event.outcome").asString() : "",
        code(ecs.stream().filter(name -> !shown.contains(name) && !everywhere.contains(name))));
  }

  private static String words(JsonNode array) {
    return array.valueStream().map(JsonNode::asString).collect(Collectors.joining(", "));
  }

  @Test
  void theReferenceHasEveryErrorCode() throws IOException {
    List<String> sources = sources();
    Set<String> used = new TreeSet<>();
    for (String source : sources) {
      for (Pattern pattern : CODES) {
        pattern
            .matcher(source)
            .results()
            .flatMap(call -> literal(call.group(1), source))
            .filter(code -> CODE.matcher(code).matches())
            .forEach(used::add);
      }
    }

    assertThat(used).hasSizeGreaterThan(30);
    assertThat(firstCells("Error codes")).containsAll(used);
    for (String documented : firstCells("Error codes")) {
      assertThat(sources).anyMatch(source -> source.contains('"' + documented + '"'));
    }
  }

  /** The text of a literal, or of the constant of the same class that is named. */
  private static Stream<String> literal(String argument, String source) {
    if (argument.startsWith("\"")) {
      return Stream.of(argument.replace("\"", ""));
    }
    return Pattern.compile("\\b" + Pattern.quote(argument) + " =\\s*\"([^\"]*)\"")
        .matcher(source)
        .results()
        .map(constant -> constant.group(1));
  }

  @Test
  void theReferenceHasEveryCloseCode() throws IOException {
    Set<String> used =
        sources().stream()
            .flatMap(source ->
                Pattern.compile(
                        "new CloseReason\\(\\s*(\\d{4})|static final int [A-Z_]+ = (1\\d{3});")
                    .matcher(source.contains("CloseReason") ? source : "")
                    .results())
            .map(found -> found.group(1) != null ? found.group(1) : found.group(2))
            // Never sent: that there was no code, and that there was no close frame (RFC 6455,
            // 7.4.1).
            .filter(code -> !Set.of("1005", "1006").contains(code))
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(firstCells("Close codes")).containsExactlyElementsOf(used);
  }

  @Test
  void everyEventThatADocumentNamesIsOne() {
    Set<String> events =
        LineSecurityLogTest.events()
            .map(row -> ((SecurityEvent) Objects.requireNonNull(row.get()[0])).event())
            .collect(Collectors.toSet());

    for (Path document : Documents.all()) {
      assertThat(inCode(document, "((?:WS|HTTP|CLIENT)_[A-Z_]+[A-Z])"))
          .as(document.toString())
          .allMatch(name ->
              events.contains(name)
                  || events.stream().anyMatch(event -> event.startsWith(name + "_"))
                  || name.startsWith("CLIENT_"));
    }
  }

  @Test
  void everySettingThatADocumentNamesIsOne() throws InvalidSettings {
    Set<String> settings =
        Settings.resolve(Environment.of(Map.of())).table().stream()
            .map(ResolvedSetting::name)
            .collect(Collectors.toCollection(HashSet::new));

    for (Path document : Documents.all()) {
      assertThat(inCode(document, "([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)"))
          .as(document.toString())
          .allMatch(name ->
              settings.contains(name)
                  || NO_SETTINGS.contains(name)
                  || name.matches(
                      "(WS|HTTP)_.*|CLIENT_SECRET_(CREATED|REFUSED)|ADMIN_(ACTION|AUTH_FAILED)"
                          + "|(SECURITY|OPERATIONS)_ALERT")
                  || name.startsWith("OTEL_") // OpenTelemetry's own
                  // of one of several upstreams: AZURE_OPENAI_ENDPOINT_WEST
                  || settings.stream().anyMatch(setting -> name.startsWith(setting + "_"))
                  // of several settings: RATE_LIMIT_*
                  || settings.stream().anyMatch(setting -> setting.startsWith(name + "_")));
    }
  }

  /** What matches whole in the code spans of a document. */
  private static List<String> inCode(Path document, String pattern) {
    Pattern whole = Pattern.compile(pattern + "(?:=.*|[*_]*)?");
    return Pattern.compile("`([^`\n]+)`")
        .matcher(Documents.withoutFences(document))
        .results()
        .map(span -> whole.matcher(span.group(1)))
        .filter(Matcher::matches)
        .map(name -> name.group(1))
        .toList();
  }

  @Test
  void everyCommandThatADocumentNamesExists() {
    Set<String> commands =
        Pattern.compile("(?m)^  ([a-z]+) ")
            .matcher(Documents.read(ROOT.resolve("build/help/donna.txt")))
            .results()
            .map(line -> line.group(1))
            .collect(Collectors.toSet());

    assertThat(commands).contains("dev", "serve", "verify", "test");
    for (Path document : Documents.all()) {
      assertThat(
              Pattern.compile("\\./donna ([a-z]+)")
                  .matcher(Documents.read(document))
                  .results()
                  .map(call -> call.group(1))
                  .toList())
          .as(document.toString())
          .allMatch(commands::contains);
    }
  }

  @Test
  void everyDecisionIsInTheIndexByItsTitle() throws IOException {
    Path folder = ROOT.resolve("docs/adr");
    List<String> index =
        Pattern.compile("(?m)^(\\d+)\\. \\[(.+)]\\((.+\\.md)\\)$")
            .matcher(Documents.read(folder.resolve("README.md")))
            .results()
            .map(line -> line.group(1) + " " + line.group(2) + " " + line.group(3))
            .toList();
    List<String> pages;
    try (Stream<Path> files = Files.list(folder)) {
      pages =
          files
              .filter(file -> file.getFileName().toString().matches("\\d{4}-.*\\.md"))
              .sorted()
              .map(DocumentsTest::indexed)
              .toList();
    }

    assertThat(index).isEqualTo(pages);
  }

  private static String indexed(Path page) {
    String file = page.getFileName().toString();
    Matcher title = Pattern.compile("^# (?:\\d+\\. )?(.+)\n").matcher(Documents.read(page));
    assertThat(title.find()).as(file).isTrue();
    return Integer.parseInt(file.substring(0, 4)) + " " + title.group(1) + " " + file;
  }

  /** A figure without the tree that it was taken from cannot be taken again. */
  @Test
  void everyMeasurementNamesTheCommitThatItWasTakenAt() {
    for (String page : List.of("docs/performance.md", "docs/resilience.md")) {
      Pattern.compile("(?ms)^## ([^\n]+)\n(.*?)(?=^## |\\z)")
          .matcher(Documents.withoutFences(ROOT.resolve(page)))
          .results()
          .filter(section -> section.group(2).contains("| --- |"))
          .forEach(section ->
              assertThat(section.group(2))
                  .as("%s of %s", section.group(1), page)
                  .containsPattern("(?s)^\\s*Measured at commits? `[0-9a-f]{7}`"));
    }
  }

  @Test
  void everyLinkLeadsToAPageAndAHeadingOfIt() {
    for (Path document : Documents.all()) {
      Pattern.compile("]\\(([^)\\s]+)\\)")
          .matcher(Documents.withoutFences(document))
          .results()
          .map(link -> link.group(1))
          .filter(link -> !link.matches("(https?|mailto):.*"))
          .forEach(link -> assertLeadsSomewhere(document, link));
    }
  }

  private static void assertLeadsSomewhere(Path document, String link) {
    String[] parts = link.split("#", 2);
    Path page = parts[0].isEmpty() ? document : document.resolveSibling(parts[0]);
    assertThat(page).as("%s links to %s", document, link).exists();
    if (parts.length == 2) {
      assertThat(headings(page)).as("%s links to %s", document, link).contains(parts[1]);
    }
  }

  /** As they are linked to. */
  private static List<String> headings(Path page) {
    return Pattern.compile("(?m)^#+ (.+)$")
        .matcher(Documents.withoutFences(page))
        .results()
        .map((MatchResult heading) ->
            heading
                .group(1)
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{Alnum}_ -]", "")
                .replace(' ', '-'))
        .toList();
  }

  @Test
  void everyPageCanBeReachedFromTheReadme() {
    String readme = Documents.read(ROOT.resolve("README.md"));

    for (Path document : Documents.all()) {
      String path = ROOT.relativize(document).toString();
      if (!path.startsWith("docs/adr/") && !path.equals("README.md")) {
        assertThat(readme.contains("](" + path.replaceFirst("/README\\.md$", "")))
            .as("a link to %s", path)
            .isTrue();
      }
    }
  }
}
