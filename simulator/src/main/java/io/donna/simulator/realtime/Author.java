package io.donna.simulator.realtime;

import io.donna.simulator.speech.Repertoire;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Chooses the reply to a response's input. */
final class Author {
  private final Repertoire repertoire = new Repertoire();

  /** The reply to the last user message or tool output. */
  Reply reply(ResponseOptions options, List<Item> input) {
    Item last = null;
    for (Item item : input) {
      if (item.isFromUser() || item.type().equals("function_call_output")) {
        last = item;
      }
    }
    boolean dictated =
        Repertoire.dictation(options.own().path("instructions").asString("")).isPresent();
    if (last == null || dictated) {
      return written(options, options.instructions());
    }
    if (last.type().equals("function_call_output")) {
      return options.spoken()
          ? new Reply.Spoken(repertoire.toolAnswered())
          : new Reply.Written("The answer is: " + last.words());
    }
    Item asked = last;
    return ToolChoice.choose(options, asked.words())
        .<Reply>map(call -> call)
        .orElseGet(() ->
            asked.words().isBlank() ? heard(options, asked) : written(options, asked.words()));
  }

  /** The reply after the user's idle timeout. */
  Reply stillThere(ResponseOptions options) {
    return options.spoken()
        ? new Reply.Spoken(repertoire.stillThere())
        : new Reply.Written(Repertoire.transcript(repertoire.stillThere()));
  }

  private Reply written(ResponseOptions options, String said) {
    return options.spoken()
        ? new Reply.Spoken(repertoire.speak(said))
        : new Reply.Written(repertoire.write(said));
  }

  private Reply heard(ResponseOptions options, Item asked) {
    return options.spoken()
        ? new Reply.Spoken(repertoire.heard(Duration.ofMillis(asked.audioMillis())))
        : new Reply.Written(
            String.format(
                Locale.ROOT, "I heard you for %.1f seconds.", asked.audioMillis() / 1_000.0));
  }
}
