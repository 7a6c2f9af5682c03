package io.donna.gateway.cli;

import io.donna.gateway.config.BoundedFile;
import io.donna.gateway.config.Environment;
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

/** {@code donna policy}: puts a policy where a running gateway reads it. */
@Command(
    name = "policy",
    description = "Install a policy where the gateway reads it.",
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
        "Validate FILE and put it in the place of POLICY_FILE, whole or not at all: it is written"
            + " beside it, brought to the disk, and renamed. Owner, group and mode stay as they"
            + " were; a symbolic link stays, and the file behind it is replaced.",
        "Exit status 0: it is installed, or was already; 1: it cannot be written; 2: the command"
            + " line is wrong; 78: the policy is."
      },
      mixinStandardHelpOptions = true)
  int install(
      @Parameters(paramLabel = "FILE", description = "the new policy") Path file,
      @Option(
              names = "--to",
              paramLabel = "PATH",
              description = "install it there instead of at POLICY_FILE")
          @Nullable Path to)
      throws IOException, InvalidSettings {
    Terminal out = Terminal.out(spec);
    Path target = to == null ? configured() : to;
    byte[] yaml = read(file);
    PolicyFile.Reading reading = PolicyFile.read(yaml);
    if (reading.policy().isEmpty()) {
      Terminal err = Terminal.err(spec);
      err.line("donna: the policy is not installed:");
      reading.problems().forEach(problem -> err.line("  " + file + ", " + problem));
      return InvalidSettings.EXIT_STATUS;
    }
    FileReplacement replacement = FileReplacement.of(target, file);
    if (!replacement.changes(yaml)) {
      out.line(target + " holds this policy already.");
      return ExitCode.OK;
    }
    replacement.write(yaml);
    out.line("Installed " + file + " as " + target + " (" + replacement.attributes() + ").");
    PolicySummary.of(reading.policy().get()).forEach(out::line);
    out.line("A running gateway takes it within two seconds, for sessions that begin then;");
    out.line("its /health says \"POLICY_FILE\":\"ok\".");
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
                "POLICY_FILE is not set, in the environment or in .env: name a place by --to"));
  }
}
