package io.donna.gateway.abuse;

import io.donna.gateway.abuse.LiveSession.Delays;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./donna abuse hog}: what innocent clients notice of each hog. */
@Command(
    name = "abuse hog",
    description = {
      "Measure the latency of normal clients while others exhaust the gateway's resources: the round "
          + "trip of live audio, of a sentence that a guard judges, and of a new session.",
      "All clients share the machine with the gateway: \"nobody\" is the baseline."
    },
    mixinStandardHelpOptions = true)
final class HogCommand implements Callable<Integer> {
  @Parameters(arity = "0..*", paramLabel = "HOG", description = "Hogs to run (default: all).")
  private List<String> names = List.of();

  @Option(names = "--seconds", description = "Seconds per hog (default: ${DEFAULT-VALUE}).")
  private int seconds = 5;

  @Option(names = "--list", description = "List the hogs without running them.")
  private boolean list;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (list) {
      Hog.ALL.forEach(hog -> System.out.printf("%-12s %s%n", hog.name(), hog.what()));
      return ExitCode.OK;
    }
    if (seconds <= 0) {
      throw new ParameterException(spec.commandLine(), "--seconds must be above 0");
    }
    List<Hog> chosen = names.isEmpty() ? Hog.ALL : names.stream().map(this::named).toList();
    System.out.printf(
        "%-12s %21s %21s %21s %6s %8s%n",
        "", "voice median, worst", "judged median, worst", "door median, worst", "cores", "memory");
    int broken = 0;
    for (Hog hog : chosen) {
      broken += run(hog) ? 0 : 1;
    }
    return broken == 0 ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  /** Each has a gateway of its own: what one leaves behind is not the next one's doing. */
  private boolean run(Hog hog) throws Exception {
    try (HogGround ground = new HogGround()) {
      ground.during(() -> Thread.sleep(1_000)); // compiles what all of them need
      HogGround.Noticed noticed =
          ground.during(() -> hog.attack().run(ground, Duration.ofSeconds(seconds)));
      System.out.printf(
          "%-12s %21s %21s %21s %6.2f %+5d MB%n",
          hog.name(),
          shown(noticed.voice()),
          shown(noticed.judged()),
          shown(noticed.door()),
          noticed.cores(),
          noticed.grownBytes() >> 20);
      return true;
    } catch (AssertionError wrong) {
      Throwable cause = wrong.getCause() == null ? wrong : wrong.getCause();
      String why = cause.toString().lines().findFirst().orElse("");
      System.out.printf("%-12s an innocent client was shut out: %s%n", hog.name(), why);
      return false;
    }
  }

  private static String shown(Delays delays) {
    return "%.1f ms, %.1f ms"
        .formatted(delays.median().toNanos() / 1e6, delays.worst().toNanos() / 1e6);
  }

  private Hog named(String name) {
    return Hog.ALL.stream()
        .filter(hog -> hog.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new ParameterException(
                spec.commandLine(), "There is no hog \"" + name + "\"; --list lists them"));
  }

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new HogCommand()).execute(arguments));
  }
}
