package io.donna.simulator;

import io.donna.simulator.protocol.SessionFault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Parses the fault syntax of the command line and of model names. */
final class FaultSpec {
  static final String GRAMMAR =
      "none | refuse | status=CODE | redirect | hang | bad-accept | stall[@N] | drop[@N] |"
          + " close=CODE[:REASON][@N] | garbage[@N] | malformed[@N] | error=CODE[@N] | slow=MILLIS"
          + " | no-credit | no-usage | late-usage | decimal-usage | no-context-window | null-code |"
          + " failed-transcription |"
          + " content | late-closed | no-closed | no-close-code, where N counts the server's events"
          + " (1 if not given: after session.created)";

  private static final String AFTER = "(?:@(?<after>\\d{1,6}))?";

  private static final List<Form> FORMS =
      List.of(
          new Form("none", _ -> Fault.none()),
          new Form("refuse", _ -> Fault.refuse(503)),
          new Form("status=([3-5]\\d\\d)", m -> Fault.refuse(Integer.parseInt(m.group(1)))),
          new Form("redirect", _ -> Fault.redirect()),
          new Form("hang", _ -> Fault.hang()),
          new Form("bad-accept", _ -> Fault.badAccept()),
          new Form("stall" + AFTER, m -> Fault.stallAfter(after(m))),
          new Form("drop" + AFTER, m -> Fault.dropAfter(after(m))),
          new Form("garbage" + AFTER, m -> Fault.garbageAfter(after(m))),
          new Form("malformed" + AFTER, m -> Fault.malformedAfter(after(m))),
          new Form("error=(\\w+)" + AFTER, m -> Fault.errorAfter(after(m), m.group(1))),
          new Form(
              "slow=(\\d{1,5})", m -> Fault.slow(Duration.ofMillis(Long.parseLong(m.group(1))))),
          new Form("close=(\\d{4})(?::(?<reason>.*?))?" + AFTER, FaultSpec::close));

  private static final List<Form> OF_SESSIONS =
      Stream.of(SessionFault.values())
          .map(fault -> new Form(Pattern.quote(fault.keyword()), _ -> Fault.inSession(fault)))
          .toList();

  private FaultSpec() {}

  static Fault parse(String spec) {
    return Stream.concat(FORMS.stream(), OF_SESSIONS.stream())
        .map(form -> form.read(spec))
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException("'" + spec + "' is not a fault: expected " + GRAMMAR));
  }

  private static Fault close(Matcher matcher) {
    String reason = Optional.ofNullable(matcher.group("reason")).orElse("");
    return Fault.closeAfter(after(matcher), Integer.parseInt(matcher.group(1)), reason);
  }

  private static int after(Matcher matcher) {
    return Optional.ofNullable(matcher.group("after")).map(Integer::parseInt).orElse(1);
  }

  /** One form of the syntax. */
  private record Form(Pattern pattern, Function<Matcher, Fault> meaning) {
    Form(String pattern, Function<Matcher, Fault> meaning) {
      this(Pattern.compile(pattern, Pattern.DOTALL), meaning);
    }

    Optional<Fault> read(String spec) {
      Matcher matcher = pattern.matcher(spec);
      return matcher.matches() ? Optional.of(meaning.apply(matcher)) : Optional.empty();
    }
  }
}
