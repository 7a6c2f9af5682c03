package io.donna.gateway.config.policy;

import com.google.re2j.Pattern;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A check on finished text: whose words it judges, how, and what happens on a match.
 *
 * @param answer the replacement text of action {@link Action#ANSWER}; else empty
 * @param failsOpen whether words that could not be judged pass instead of counting as a match
 * @param timeout of one judgement
 * @param holdBack whether an answer is withheld from the client until it is judged
 */
public record GuardRule(
    String name,
    Set<Subject> on,
    Means means,
    Action action,
    String answer,
    boolean failsOpen,
    Duration timeout,
    boolean holdBack) {
  /** Whose words are judged. */
  public enum Subject {
    USER("the user's words"),
    INSTRUCTIONS("the client's instructions"),
    ASSISTANT("the assistant's words"),
    TOOL_CALLS("arguments of tool calls");

    private final String meaning;

    Subject(String meaning) {
      this.meaning = meaning;
    }

    /** The name in the policy file, in webhooks and in the log. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }

    public String meaning() {
      return meaning;
    }
  }

  /** The action on a match, from mild to severe; if several guards match, the most severe. */
  public enum Action {
    LOG,
    ANSWER,
    CANCEL,
    END;

    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** How words are judged. */
  public sealed interface Means {
    /** Matches if any pattern is found. RE2: matching takes linear time for any text. */
    record Patterns(List<Pattern> patterns) implements Means {}

    /** Matches if the operator's service says so. */
    record Webhook(URI url) implements Means {}
  }

  /** Whether words wait for the judgement; those of action log do not. */
  public boolean gates() {
    return action != Action.LOG;
  }
}
