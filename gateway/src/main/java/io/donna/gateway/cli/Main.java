package io.donna.gateway.cli;

import io.donna.gateway.config.InvalidSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.Arrays;

/**
 * Where the process starts. Names no class of picocli: an AOT cache does not accept the format of
 * its classes, nor a class whose verification loads one of them.
 */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    boolean plain = Arrays.equals(arguments, new String[] {"serve"});
    System.exit(plain ? serve() : Donna.run(arguments));
  }

  /**
   * Runs {@code donna serve} without arguments, as services do, bypassing picocli: loading it takes
   * a quarter of a start.
   */
  private static int serve() {
    PrintWriter err = new PrintWriter(System.err, true, Charset.defaultCharset());
    try {
      return new ServeCommand().call();
    } catch (IOException | InterruptedException | InvalidSettings | RuntimeException fault) {
      return FaultReport.log(fault, err);
    }
  }
}
