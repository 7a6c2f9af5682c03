package io.donna.simulator.speech;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The simulator's deterministic answers. As text it can say anything. As speech it can only say the
 * recorded sentences, so the transcript always matches the audio.
 */
public final class Repertoire {
  private static final Pattern DICTATION =
      Pattern.compile(
          "\\bsay"
              + " exactly:\\s*(?<rest>.+)|\\bsay\\s+(?:'(?<single>[^']+)'|\"(?<double>[^\"]+)\"|“(?<curly>[^”]+)”)",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private static final List<Topic> TOPICS =
      List.of(
          new Topic("story", "story", "tale"),
          new Topic("count", "count"),
          new Topic("weather", "weather"),
          new Topic("introduction", "who are you", "what are you", "your name"),
          new Topic("farewell", "goodbye", "bye", "see you"),
          new Topic("thanks", "thanks", "thank you"),
          new Topic("greeting", "greeting", "hello", "hi", "hey", "good morning", "how are you"));

  /** The longest duration with a recorded number. */
  private static final int MOST_SECONDS = 12;

  private final ClipLibrary library = ClipLibrary.shared();

  /** The text answer to the user's words. */
  public String write(String said) {
    return dictation(said)
        .orElseGet(() -> {
          List<Clip> recorded = recordedAnswer(said);
          return recorded.isEmpty() ? "You said: “" + said.strip() + "”" : transcript(recorded);
        });
  }

  /** The words requested by "say exactly: words" or "say 'words'". */
  public static Optional<String> dictation(String said) {
    Matcher dictation = DICTATION.matcher(said);
    return dictation.find()
        ? Stream.of("rest", "single", "double", "curly")
            .map(dictation::group)
            .filter(Objects::nonNull)
            .map(String::strip)
            .findFirst()
        : Optional.empty();
  }

  /** Whether there is a recorded answer to the user's words. */
  public boolean knows(String said) {
    return !recordedAnswer(said).isEmpty();
  }

  /** The spoken answer to the user's words. */
  public List<Clip> speak(String said) {
    List<Clip> recorded = recordedAnswer(said);
    return recorded.isEmpty() ? library.clips("received") : recorded;
  }

  /**
   * A spoken answer with the duration of the user's speech, which is all the simulator knows of it.
   */
  public List<Clip> heard(Duration speech) {
    long tenths = Math.round(speech.toMillis() / 100.0);
    List<String> names = new ArrayList<>(List.of("heard"));
    if (tenths > MOST_SECONDS * 10L) {
      names.addAll(List.of("more-than", "number-" + MOST_SECONDS));
    } else {
      names.add("number-" + tenths / 10);
      if (tenths % 10 != 0) {
        names.addAll(List.of("point", "number-" + tenths % 10));
      }
    }
    names.add("seconds");
    return library.clips(names.toArray(String[]::new));
  }

  /** A spoken acknowledgement of a tool's output. The output itself has no recording. */
  public List<Clip> toolAnswered() {
    return library.clips("tool");
  }

  /** Asks whether the user is still there. */
  public List<Clip> stillThere() {
    return library.clips("idle");
  }

  /** The transcript of consecutive clips. */
  public static String transcript(List<Clip> clips) {
    return clips.stream().map(Clip::transcript).collect(Collectors.joining(" "));
  }

  private List<Clip> recordedAnswer(String said) {
    String heard = said.toLowerCase(Locale.ROOT);
    return TOPICS.stream()
        .filter(topic -> topic.matches(heard))
        .findFirst()
        .map(topic -> library.about(topic.name))
        .orElseGet(List::of);
  }

  private record Topic(String name, Pattern keywords) {
    Topic(String name, String... keywords) {
      this(name, Pattern.compile("\\b(?:" + String.join("|", keywords) + ")\\b"));
    }

    boolean matches(String heard) {
      return keywords.matcher(heard).find();
    }
  }
}
