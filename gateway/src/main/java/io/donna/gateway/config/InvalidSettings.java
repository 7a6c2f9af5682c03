package io.donna.gateway.config;

import java.util.List;
import java.util.stream.Collectors;

/** Invalid settings; the message is the complete report, one problem a line. */
public final class InvalidSettings extends Exception {
  /** EX_CONFIG of sysexits.h, after which systemd and others can be told not to restart. */
  public static final int EXIT_STATUS = 78;

  private final transient List<Problem> problems;

  InvalidSettings(List<Problem> problems) {
    super(report(problems), null, false, false);
    this.problems = List.copyOf(problems);
  }

  public List<Problem> problems() {
    return problems;
  }

  private static String report(List<Problem> problems) {
    String head =
        problems.size() == 1
            ? "Donna cannot start: 1 invalid setting."
            : "Donna cannot start: " + problems.size() + " invalid settings.";
    return problems.stream()
        .map(problem -> "  " + problem)
        .collect(Collectors.joining("\n", head + "\n", ""));
  }
}
