package io.donna.gateway.faults;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./donna soak}: the soak for as long as one likes. */
@Command(
    name = "soak",
    description = "Run half load with random faults and report losses and leaks.",
    mixinStandardHelpOptions = true)
final class SoakCommand implements Callable<Integer> {
  @Option(names = "--minutes", description = "Duration in minutes (default: ${DEFAULT-VALUE}).")
  private double minutes = 10;

  @Option(names = "--sessions", description = "Concurrent sessions (default: ${DEFAULT-VALUE}).")
  private int sessions = 30;

  @Option(
      names = "--seed",
      description = "Seed of the random behaviour; pass the seed of an earlier run to repeat it.")
  private long seed = new Random().nextInt(1_000_000);

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (minutes <= 0 || sessions <= 0) {
      throw new ParameterException(spec.commandLine(), "--minutes and --sessions must be above 0");
    }
    long begun = System.nanoTime();
    Duration time = Duration.ofMillis((long) (minutes * 60_000));
    List<String> problems =
        new Soak(
                time,
                sessions,
                seed,
                line ->
                    System.out.printf(
                        "%4d s  %s%n",
                        Duration.ofNanos(System.nanoTime() - begun).toSeconds(), line))
            .run();
    System.out.println(
        problems.isEmpty() ? "nothing lost, nothing left" : problems.size() + " problems");
    return problems.isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new SoakCommand()).execute(arguments));
  }
}
