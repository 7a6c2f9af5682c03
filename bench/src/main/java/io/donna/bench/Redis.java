package io.donna.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Redis without persistence. */
final class Redis {
  private static final Pattern COMMANDS = Pattern.compile("total_commands_processed:(\\d+)");

  private final int port;
  private final Child process;

  private Redis(int port, Child process) {
    this.port = port;
    this.process = process;
  }

  static boolean isInstalled() {
    return program().isPresent();
  }

  private static Optional<Path> program() {
    return Programs.find("redis-server");
  }

  static Redis start(Launcher launcher) {
    String program = program().orElseThrow().toString();
    int port = Launcher.freePort();
    List<String> command =
        List.of(program, "--port", Integer.toString(port), "--bind", "127.0.0.1", "--save", "");
    return new Redis(
        port,
        launcher.start("redis", command, Map.of(), () -> answer(port, "PING").contains("PONG")));
  }

  int port() {
    return port;
  }

  /** The commands that it has carried out so far, as it counts them. */
  long commands() {
    Matcher found = COMMANDS.matcher(answer(port, "INFO stats"));
    if (!found.find()) {
      throw new BenchmarkFailed("Redis does not say how many commands it has carried out");
    }
    return Long.parseLong(found.group(1));
  }

  /** Of an inline command; empty while nobody listens. */
  private static String answer(int port, String command) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(2_000);
      socket.getOutputStream().write((command + "\r\nQUIT\r\n").getBytes(US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), US_ASCII);
    } catch (IOException notYet) {
      return "";
    }
  }

  void stop() {
    process.stop();
  }
}
