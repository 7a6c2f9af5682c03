package io.donna.gateway.cli;

import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.ResolvedSetting;
import io.donna.gateway.config.Settings;
import io.donna.gateway.config.UpstreamSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code donna check}: what the settings come to, and whether the upstream answers. */
@Command(
    name = "check",
    description = {
      "Validate the settings, show what each resolves to, and try the key set and the upstream.",
      "Exit status 0: all is well; 1: the upstream or the key set does not answer as it should, "
          + "or the token is none; 78: a setting is wrong."
    },
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--offline", description = "try neither the key set nor the upstream")
  private boolean offline;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description = "say of a token who it is and what it grants, or what is wrong with it")
  private @Nullable String token;

  @Override
  public Integer call() throws InvalidSettings, IOException, InterruptedException {
    Terminal out = Terminal.out(spec);
    Settings.Resolved resolved = Settings.resolve(Environment.ofProcess(Path.of("")));
    for (ResolvedSetting setting : resolved.table()) {
      String value = setting.value().isEmpty() ? "(unset)" : setting.value();
      out.line("%-28s %-45s %s".formatted(setting.name(), value, setting.source()));
    }
    for (String name : resolved.unknownNames()) {
      out.line("Note: " + name + " in .env is no setting of Donna's.");
    }
    out.line();
    Summary.of(resolved.settings()).forEach(out::line);
    resolved
        .settings()
        .policy()
        .ifPresent(policy -> {
          out.line();
          out.line("Policy (" + policy.file() + "):");
          PolicySummary.of(policy.policy()).forEach(out::line);
        });
    out.line();
    if (offline) {
      out.line("The settings are in order. The upstream was not tried (--offline).");
      return ExitCode.OK;
    }
    AuthProbe.Result authentication =
        AuthProbe.run(resolved.settings().auth(), Optional.ofNullable(token));
    authentication.lines().forEach(out::line);
    boolean upstreams = tryUpstreams(resolved.settings());
    return authentication.inOrder() && upstreams ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  /** Each server with each of its keys; whether all of them answer. */
  private boolean tryUpstreams(Settings settings) throws IOException, InterruptedException {
    boolean allAnswer = true;
    for (UpstreamSettings server : settings.upstreams()) {
      List<UpstreamSettings> byKey = server.byKey();
      for (int i = 0; i < byKey.size(); i++) {
        String key = byKey.size() > 1 ? ", key " + (i + 1) + " of " + byKey.size() : "";
        UpstreamProbe.Result result = UpstreamProbe.run(settings, byKey.get(i));
        Terminal.out(spec).line(server.name() + key + ": " + result.text());
        allAnswer &= result.answers();
      }
    }
    return allAnswer;
  }
}
