package io.donna.gateway.cli;

import io.donna.gateway.config.BoundedFile;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.FileReplacement;
import io.donna.gateway.config.InvalidSettings;
import io.donna.gateway.config.Settings;
import io.donna.gateway.config.policy.PolicyFile;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code donna policy}: installs a policy file for a running gateway. */
@Command(
    name = "policy",
    description = "Install a policy file for a running gateway.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class PolicyCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  @Command(
      name = "install",
      description = {
        "Validate FILE and replace POLICY_FILE with it atomically: write a new file beside it, sync"
            + " it to disk and rename it. Owner, group and mode are kept. A symbolic link is kept,"
            + " and its target is replaced.",
        "Exit status 0: installed, or already up to date; 1: the file cannot be written; 2: usage"
            + " error; 78: invalid policy."
      },
      mixinStandardHelpOptions = true)
  int install(
      @Parameters(paramLabel = "FILE", description = "the new policy") Path file,
      @Option(
              names = "--to",
              paramLabel = "PATH",
              description = "replace PATH instead of POLICY_FILE")
          @Nullable Path to)
      throws IOException, InvalidSettings {
    Terminal out = Terminal.out(spec);
    Path target = to == null ? configured() : to;
    byte[] yaml = read(file);
    PolicyFile.Reading reading =
        PolicyFile.read(yaml, Settings.modelAliasesOf(Environment.ofProcess(Path.of(""))));
    if (reading.policy().isEmpty()) {
      Terminal err = Terminal.err(spec);
      err.line("donna: policy not installed:");
      reading.problems().forEach(problem -> err.line("  " + file + ", " + problem));
      return InvalidSettings.EXIT_STATUS;
    }
    FileReplacement replacement = FileReplacement.of(target, file);
    if (!replacement.changes(yaml)) {
      out.line(target + " already contains this policy.");
      return ExitCode.OK;
    }
    replacement.write(yaml);
    out.line("Installed " + file + " as " + target + " (" + replacement.attributes() + ").");
    PolicySummary.of(reading.policy().get()).forEach(out::line);
    out.line("A running gateway loads it within 2 seconds and applies it to new sessions;");
    out.line("its /health then reports \"POLICY_FILE\":\"ok\".");
    return ExitCode.OK;
  }

  private static byte[] read(Path file) throws IOException {
    try {
      return BoundedFile.read(file);
    } catch (IOException unreadable) {
      throw new IOException(file + " " + unreadable.getMessage(), unreadable);
    }
  }

  private Path configured() throws InvalidSettings {
    return Settings.policyFileOf(Environment.ofProcess(Path.of("")))
        .orElseThrow(() ->
            new ParameterException(
                spec.commandLine(),
                "POLICY_FILE is not set in the environment or in .env: pass --to PATH"));
  }
}
