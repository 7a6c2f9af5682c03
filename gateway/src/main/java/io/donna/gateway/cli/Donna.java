package io.donna.gateway.cli;

import io.donna.gateway.cli.operator.BlockCommand;
import io.donna.gateway.cli.operator.ClusterCommand;
import io.donna.gateway.cli.operator.DrainCommand;
import io.donna.gateway.cli.operator.EndCommand;
import io.donna.gateway.cli.operator.LimitsCommand;
import io.donna.gateway.cli.operator.ReloadCommand;
import io.donna.gateway.cli.operator.RevokeCommand;
import io.donna.gateway.cli.operator.SessionsCommand;
import io.donna.gateway.cli.operator.StatusCommand;
import io.donna.gateway.cli.operator.SwitchCommand;
import io.donna.gateway.cli.operator.TopCommand;
import io.donna.gateway.cli.operator.UnblockCommand;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The {@code donna} command. */
@Command(
    name = "donna",
    description = "A secure gateway for realtime voice AI.",
    mixinStandardHelpOptions = true,
    versionProvider = Donna.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DevCommand.class,
      ServeCommand.class,
      TalkCommand.class,
      TokenCommand.class,
      SecretCommand.class,
      CheckCommand.class,
      PolicyCommand.class,
      UsageCommand.class,
      StatusCommand.class,
      ClusterCommand.class,
      SessionsCommand.class,
      TopCommand.class,
      EndCommand.class,
      BlockCommand.class,
      UnblockCommand.class,
      RevokeCommand.class,
      LimitsCommand.class,
      SwitchCommand.class,
      DrainCommand.class,
      ReloadCommand.class,
      StartSimulatorCommand.class,
      CompletionCommand.class,
      AotTrainingCommand.class,
    },
    footer = {"", "First steps: ./donna dev, then ./donna talk in another terminal."})
public final class Donna implements Runnable {
  @Spec private CommandSpec spec;

  /** Runs a command line, without {@code donna} itself, and returns its exit status. */
  static int run(String... arguments) {
    return commandLine().execute(arguments);
  }

  static CommandLine commandLine() {
    return new CommandLine(new Donna())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (fault, command, parsed) -> FaultReport.say(fault, command.getErr()));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  /** The version, from a file that the build writes. */
  static final class Version implements IVersionProvider {
    static String number() throws IOException {
      Properties build = new Properties();
      try (InputStream in = Donna.class.getResourceAsStream("/donna-build.properties")) {
        build.load(in);
      }
      return build.getProperty("version");
    }

    @Override
    public String[] getVersion() throws IOException {
      return new String[] {
        "donna " + number(),
        "Java " + Runtime.version().feature() + ", " + System.getProperty("os.name")
      };
    }
  }
}
