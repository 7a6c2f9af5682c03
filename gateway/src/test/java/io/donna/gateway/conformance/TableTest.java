package io.donna.gateway.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents name tests that exist, and docs/conformance.md every test of this package. */
class TableTest {
  private static final Path TESTS = Path.of("src/test/java/io/donna/gateway");
  private static final Pattern METHOD = Pattern.compile("(?m)^  (?:static )?void (\\w+)\\(");
  private static final Pattern NAMED = Pattern.compile("`(\\w+Test)\\.(\\w+)`");

  @ParameterizedTest
  @ValueSource(strings = {"conformance.md", "security-model.md"})
  void theTableNamesTestsThatThereAre(String document) throws IOException {
    Map<String, Set<String>> tests = tests(TESTS);
    List<MatchResult> named = named(document);

    assertThat(named).hasSizeGreaterThan(50);
    for (MatchResult test : named) {
      assertThat(tests).containsKey(test.group(1));
      assertThat(tests.get(test.group(1))).contains(test.group(2));
    }
  }

  @Test
  void theTableNamesEveryTestOfConformance() throws IOException {
    Set<String> named =
        named("conformance.md").stream().map(MatchResult::group).collect(Collectors.toSet());
    Map<String, Set<String>> tests = tests(TESTS.resolve("conformance"));
    tests.remove("TableTest");

    tests.forEach((type, methods) -> {
      for (String method : methods) {
        assertThat(named).contains("`" + type + "." + method + "`");
      }
    });
  }

  private static List<MatchResult> named(String document) throws IOException {
    return NAMED.matcher(Files.readString(Path.of("../docs", document))).results().toList();
  }

  /** The methods of every test class below {@code folder} that are tests. */
  private static Map<String, Set<String>> tests(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith("Test.java"))
          .collect(
              Collectors.groupingBy(
                  file -> file.getFileName().toString().replace(".java", ""),
                  Collectors.flatMapping(file -> methods(file).stream(), Collectors.toSet())));
    }
  }

  private static Set<String> methods(Path file) {
    try {
      return METHOD
          .matcher(Files.readString(file))
          .results()
          .map(method -> method.group(1))
          .filter(method -> !method.equals("stop"))
          .collect(Collectors.toSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
