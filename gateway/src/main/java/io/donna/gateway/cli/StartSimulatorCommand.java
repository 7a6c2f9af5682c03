package io.donna.gateway.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** {@code donna simulate}: runs the simulator, passing on its own options. */
@Command(name = "simulate", description = "Run the built-in simulator of the voice APIs.")
final class StartSimulatorCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Unmatched private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    return SimulatorTool.run(
        spec.commandLine().getOut(), spec.commandLine().getErr(), arguments.toArray(String[]::new));
  }
}
