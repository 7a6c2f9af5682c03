package io.donna.gateway.config.policy;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.donna.gateway.config.WebhookUrl;
import io.donna.gateway.config.policy.GuardRule.Action;
import io.donna.gateway.config.policy.GuardRule.Means;
import io.donna.gateway.config.policy.GuardRule.Subject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Reads the guards of a tier and reports errors by line. */
final class GuardReader {
  private static final String TRANSCRIPTION_MODEL = "guard_transcription_model";
  private static final String HOLD_BACK = "hold_back";
  private static final String ON_FAILURE = "on_failure";

  private static final long USUAL_TIMEOUT_MS = 1_000;
  private static final long LONGEST_TIMEOUT_MS = 30_000;
  private static final int LONGEST_ANSWER = 1_000;

  private final YamlProblems problems;

  GuardReader(YamlProblems problems) {
    this.problems = problems;
  }

  GuardRules read(YamlMap tier, Optional<Set<String>> transcriptionModels, SessionRules session) {
    List<GuardRule> rules = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (YamlMap map : tier.mapsOf("guards")) {
      rule(map)
          .ifPresent(rule -> {
            rules.add(rule);
            if (!names.add(rule.name())) {
              problems.add(
                  map.lineOf("name"), "name: duplicate guard \"%s\"".formatted(rule.name()));
            }
          });
    }
    Optional<String> model = tier.text(TRANSCRIPTION_MODEL);
    GuardRules guards = new GuardRules(model.orElse(GuardRules.USUAL_MODEL), List.copyOf(rules));
    if (guards.judge(Subject.USER)) {
      checkTranscription(tier, guards, transcriptionModels, session);
    } else if (model.isPresent()) {
      problems.add(
          tier.lineOf(TRANSCRIPTION_MODEL),
          TRANSCRIPTION_MODEL + ": no guard judges the user's words");
    }
    return guards;
  }

  private void checkTranscription(
      YamlMap tier, GuardRules guards, Optional<Set<String>> allowed, SessionRules session) {
    JsonNode locked = session.locked().get(SessionField.TRANSCRIPTION.path());
    if (locked != null && !locked.isObject()) {
      problems.add(
          tier.lineOf("guards"),
          "guards: judging the user's words requires the transcription that session.locked turns off");
    }
    if (allowed.isPresent() && !allowed.get().contains(guards.transcriptionModel())) {
      problems.add(
          tier.lineOf("guards"),
          "guards: %s must be one of transcription_models".formatted(TRANSCRIPTION_MODEL));
    }
  }

  private Optional<GuardRule> rule(YamlMap map) {
    Optional<String> name = map.text("name");
    Set<Subject> on = subjects(map);
    Optional<Means> means = means(map);
    Optional<Action> action =
        map.choice("action", Arrays.stream(Action.values()).map(Action::key).toList())
            .map(key -> Action.valueOf(key.toUpperCase(Locale.ROOT)));
    Optional<String> answer = map.text("answer");
    Optional<String> onFailure = map.choice(ON_FAILURE, List.of("open", "closed"));
    long timeout = map.whole("timeout_ms", 10, LONGEST_TIMEOUT_MS).orElse(USUAL_TIMEOUT_MS);
    boolean holdBack = map.flag(HOLD_BACK);
    map.refuseTheRest();
    if (name.isEmpty()) {
      problems.add(map.line(), "guards: name is required");
    }
    if (action.isEmpty()) {
      problems.add(map.line(), "guards: action must be one of log, answer, cancel, end");
    }
    if (name.isEmpty() || action.isEmpty() || means.isEmpty() || on.isEmpty()) {
      return Optional.empty();
    }
    boolean logs = action.get() == Action.LOG;
    if (logs && onFailure.equals(Optional.of("closed"))) {
      problems.add(map.lineOf(ON_FAILURE), ON_FAILURE + ": closed has no effect with action log");
    }
    if (holdBack && (logs || !on.contains(Subject.ASSISTANT))) {
      problems.add(
          map.lineOf(HOLD_BACK),
          HOLD_BACK + ": requires on: [assistant] and an action other than log");
    }
    checkAnswer(map, action.get(), answer, means.get());
    return Optional.of(
        new GuardRule(
            name.get(),
            on,
            means.get(),
            action.get(),
            answer.orElse(""),
            logs || onFailure.equals(Optional.of("open")),
            Duration.ofMillis(timeout),
            holdBack));
  }

  private Set<Subject> subjects(YamlMap map) {
    Set<Subject> on = EnumSet.noneOf(Subject.class);
    List<String> keys = Arrays.stream(Subject.values()).map(Subject::key).toList();
    boolean known = true;
    for (String key : map.names("on").orElse(Set.of())) {
      if (keys.contains(key)) {
        on.add(Subject.valueOf(key.toUpperCase(Locale.ROOT)));
      } else {
        known = false;
      }
    }
    if (!known || on.isEmpty()) {
      problems.add(map.lineOf("on"), "on must be a list of " + String.join(", ", keys));
    }
    return Set.copyOf(on);
  }

  private Optional<Means> means(YamlMap map) {
    List<YamlMap.Text> patterns = map.texts("patterns");
    Optional<String> webhook = map.text("webhook");
    if (patterns.isEmpty() == webhook.isEmpty()) {
      problems.add(map.line(), "guards: set either patterns or webhook");
      return Optional.empty();
    }
    if (webhook.isPresent()) {
      Optional<URI> url = WebhookUrl.parse(webhook.get());
      if (url.isEmpty()) {
        problems.add(map.lineOf("webhook"), "webhook must be " + WebhookUrl.EXPECTED);
      }
      return url.map(Means.Webhook::new);
    }
    List<Pattern> compiled = new ArrayList<>();
    for (YamlMap.Text text : patterns) {
      pattern(text).ifPresent(compiled::add);
    }
    return Optional.of(new Means.Patterns(List.copyOf(compiled)));
  }

  private Optional<Pattern> pattern(YamlMap.Text text) {
    try {
      Pattern pattern = Pattern.compile(text.value(), Pattern.CASE_INSENSITIVE);
      if (!pattern.matcher("").find()) {
        return Optional.of(pattern);
      }
      problems.add(text.line(), "patterns: \"%s\" matches any text".formatted(text.value()));
    } catch (PatternSyntaxException malformed) {
      problems.add(
          text.line(),
          "patterns: \"%s\" is not a valid RE2 pattern: %s"
              .formatted(text.value(), malformed.getDescription()));
    }
    return Optional.empty();
  }

  private void checkAnswer(YamlMap map, Action action, Optional<String> answer, Means means) {
    if ((action == Action.ANSWER) != answer.isPresent()) {
      problems.add(
          map.lineOf("action"),
          action == Action.ANSWER
              ? "guards: action answer requires answer"
              : "guards: answer requires action answer");
      return;
    }
    String said = answer.orElse("");
    if (said.length() > LONGEST_ANSWER) {
      problems.add(
          map.lineOf("answer"), "answer must have at most " + LONGEST_ANSWER + " characters");
    }
    if (means instanceof Means.Patterns(List<Pattern> patterns)
        && patterns.stream().anyMatch(pattern -> pattern.matcher(said).find())) {
      problems.add(map.lineOf("answer"), "answer: matches the guard's own patterns");
    }
  }
}
