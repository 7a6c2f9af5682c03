package io.donna.gateway.cli;

import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.ResolvedSetting;
import io.donna.gateway.config.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code donna check}: what the settings come to, and whether the upstream answers. */
@Command(
    name = "check",
    description = {
      "Validate the settings, show what each resolves to, and try the upstream.",
      "Exit status 0: all is well; 1: the upstream does not answer as it should; "
          + "78: a setting is wrong."
    },
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--offline", description = "do not try the upstream")
  private boolean offline;

  @Override
  public Integer call() throws InvalidSettings, IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    Settings.Resolved resolved = Settings.resolve(Environment.ofProcess(Path.of("")));
    for (ResolvedSetting setting : resolved.table()) {
      String value = setting.value().isEmpty() ? "(unset)" : setting.value();
      out.printf("%-28s %-45s %s%n", setting.name(), value, setting.source());
    }
    for (String name : resolved.unknownNames()) {
      out.println("Note: " + name + " in .env is no setting of Donna's.");
    }
    out.println();
    Summary.of(resolved.settings()).forEach(out::println);
    resolved
        .settings()
        .policy()
        .ifPresent(policy -> {
          out.println();
          out.println("Policy (" + policy.file() + "):");
          PolicySummary.of(policy.policy()).forEach(out::println);
        });
    out.println();
    if (offline) {
      out.println("The settings are in order. The upstream was not tried (--offline).");
      return ExitCode.OK;
    }
    UpstreamProbe.Result result = UpstreamProbe.run(resolved.settings());
    out.println(result.text());
    return result.answers() ? ExitCode.OK : ExitCode.SOFTWARE;
  }
}
