package io.donna.simulator;

import java.io.PrintWriter;
import java.util.Optional;
import java.util.spi.ToolProvider;

/**
 * Lets a program run the simulator's command line in its own process, without compiling against it.
 */
public final class SimulateTool implements ToolProvider {
  @Override
  public String name() {
    return "donna-simulate";
  }

  @Override
  public Optional<String> description() {
    return Optional.of("Simulates OpenAI's voice APIs");
  }

  @Override
  public int run(PrintWriter out, PrintWriter err, String... args) {
    return SimulatorCommand.run(out, err, args);
  }
}
