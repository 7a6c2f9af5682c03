package io.donna.gateway.config.policy;

import com.google.re2j.Pattern;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A check on finished text: whose words it is for, how it judges them, and what becomes of those
 * that match.
 *
 * @param answer what is said instead; empty unless that is the action
 * @param failsOpen whether words that could not be judged pass, or count as a match
 * @param timeout how long a judgement may take
 * @param holdBack whether nothing of an answer reaches the client before it is judged
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
  /** Whose words. */
  public enum Subject {
    USER("the user's words"),
    INSTRUCTIONS("the client's instructions"),
    ASSISTANT("the assistant's words"),
    TOOL_CALLS("arguments of tool calls");

    private final String meaning;

    Subject(String meaning) {
      this.meaning = meaning;
    }

    /** As the file, webhooks and the log spell it. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }

    public String meaning() {
      return meaning;
    }
  }

  /** What follows from a match; of several that match, the last one of these. */
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
    /** Any of these is found in them. RE2: no text makes a pattern take more than linear time. */
    record Patterns(List<Pattern> patterns) implements Means {}

    /** A service of the operator's says so. */
    record Webhook(URI url) implements Means {}
  }

  /** Whether words wait for its judgement; what is only logged does not. */
  public boolean gates() {
    return action != Action.LOG;
  }
}
