package io.donna.gateway.cli;

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
      SimulateCommand.class,
    },
    footer = {"", "First steps: ./donna dev, then ./donna talk in another terminal."})
public final class Donna implements Runnable {
  @Spec private CommandSpec spec;

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Donna())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(new FaultReport());
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  /** The version that the build wrote. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() throws IOException {
      Properties build = new Properties();
      try (InputStream in = Donna.class.getResourceAsStream("/donna-build.properties")) {
        build.load(in);
      }
      return new String[] {
        "donna " + build.getProperty("version"),
        "Java " + Runtime.version().feature() + ", " + System.getProperty("os.name")
      };
    }
  }
}
