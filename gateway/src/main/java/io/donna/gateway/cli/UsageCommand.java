package io.donna.gateway.cli;

import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.Settings;
import io.donna.gateway.metering.UsageLogReader;
import io.donna.gateway.metering.UsageReport;
import io.donna.gateway.metering.UsageReport.Grouping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code donna usage}: spending per user, from the usage log. */
@Command(
    name = "usage",
    description = {
      "Show spending per user, from the usage log (USAGE_LOG) and its rotated files.",
      "Columns count tokens; cached tokens are part of the input. Costs use the price list in force "
          + "at the time (PRICES_FILE)."
    },
    mixinStandardHelpOptions = true)
final class UsageCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      defaultValue = "24h",
      converter = DurationConverter.class,
      description = "how far back: 90s, 15m, 24h, 30d (default: ${DEFAULT-VALUE})")
  private Duration since = Duration.ofDays(1);

  @Option(
      names = "--by",
      paramLabel = "WHAT",
      defaultValue = "user",
      description = "group by user, model, tenant, tier or session (default: ${DEFAULT-VALUE})")
  private Grouping by = Grouping.USER;

  @Option(
      names = "--file",
      paramLabel = "LOG",
      description = "read LOG instead; repeat it for the logs of several gateways")
  private List<Path> files = new ArrayList<>();

  @Option(names = "--json", description = "print JSON with exact costs")
  private boolean json;

  @Override
  public Integer call() throws IOException, InvalidSettings {
    List<Path> logs = files.isEmpty() ? configured() : files;
    for (Path log : logs) {
      if (!Files.exists(log)) {
        throw new IOException("usage log " + log + " does not exist");
      }
    }
    Instant from = Clock.systemUTC().instant().minus(since);
    UsageReport report = new UsageReport(by);
    UsageLogReader.Found found = UsageLogReader.read(logs, from, report::add);
    UsageTable table = new UsageTable(report, by, from, found.damaged());
    Terminal out = Terminal.out(spec);
    if (json) {
      out.line(table.json());
    } else {
      table.lines().forEach(out::line);
    }
    if (found.unreadable() > 0) {
      Terminal.err(spec)
          .line("donna: " + found.unreadable() + " lines of the usage log are unreadable");
    }
    return ExitCode.OK;
  }

  private List<Path> configured() throws InvalidSettings {
    return List.of(
        Settings.usageLogOf(Environment.ofProcess(Path.of("")))
            .orElseThrow(() ->
                new ParameterException(
                    spec.commandLine(),
                    "USAGE_LOG is not set in the environment or in .env: pass --file LOG")));
  }
}
