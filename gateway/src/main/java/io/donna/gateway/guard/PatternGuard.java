package io.donna.gateway.guard;

import com.google.re2j.Pattern;
import io.donna.gateway.config.policy.GuardRule.Subject;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Looks for patterns, whichever way the words are broken into parts and whatever letters they are
 * spelt with ({@link Letters}). Takes time in proportion to the text, as RE2 does.
 */
final class PatternGuard implements Guard {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private final List<Pattern> patterns;

  PatternGuard(List<Pattern> patterns) {
    this.patterns = patterns;
  }

  @Override
  @SuppressWarnings("ThreadPriorityCheck") // virtual threads are not taken off their processor
  public boolean matches(Utterance utterance) throws InterruptedException {
    for (String reading : readings(utterance)) {
      for (Pattern pattern : patterns) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        Thread.yield(); // or a long text would keep the guards of others from a processor
        if (pattern.matcher(reading).find()) {
          return true;
        }
      }
    }
    return false;
  }

  private static Set<String> readings(Utterance utterance) {
    List<String> parts = utterance.parts();
    Set<String> readings = new LinkedHashSet<>();
    for (String separator : List.of(" ", "")) {
      String plain = Letters.plain(String.join(separator, parts));
      readings.add(plain);
      readings.add(Letters.folded(plain));
    }
    if (utterance.subject() == Subject.TOOL_CALLS) {
      // An escape hides a letter from who reads the arguments as they are written.
      parts.forEach(part -> addStrings(part, readings));
    }
    return readings;
  }

  private static void addStrings(String json, Set<String> readings) {
    try {
      JsonNode tree = MAPPER.readTree(json);
      StringBuilder strings = new StringBuilder();
      Texts.collect(tree, Set.of(), text -> strings.append(text).append(' '));
      for (String text : List.of(tree.toString(), strings.toString())) {
        String plain = Letters.plain(text);
        readings.add(plain);
        readings.add(Letters.folded(plain));
      }
    } catch (JacksonException notJson) {
      // Then there is nothing in it but what is written.
    }
  }
}
