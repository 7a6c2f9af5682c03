package io.donna.gateway.kit;

import static org.awaitility.Awaitility.await;

import io.donna.gateway.cli.Main;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;

/**
 * {@code donna serve} as a process of its own, with limits of its own: for what cannot be done to
 * the gateway without doing it to the test, such as taking its memory, its descriptors or its life.
 *
 * <pre>{@code
 * try (GatewayProcess gateway = GatewayProcess.behind(upstream).descriptors(128).start()) { ... }
 * }</pre>
 */
public final class GatewayProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** The limits and settings of a process that is about to start. */
  public static final class Builder {
    private final Map<String, String> variables;
    private final List<String> javaOptions = new ArrayList<>();
    private boolean asShipped = Scale.isWhole();
    private OptionalInt descriptors = OptionalInt.empty();
    private boolean unread;
    private Class<?> main = Main.class;
    private Optional<NetworkNamespace> network = Optional.empty();
    private int port;
    private Duration patience = PATIENCE;

    private Builder(URI upstream) {
      variables = new HashMap<>(RunningGateway.behind(upstream).variables());
    }

    public Builder with(String name, Object value) {
      variables.put(name, value.toString());
      return this;
    }

    public Builder without(String name) {
      variables.remove(name);
      return this;
    }

    /** Options of the JVM's, such as {@code -Xmx64m}. */
    public Builder java(String... options) {
      javaOptions.addAll(List.of(options));
      return this;
    }

    /** With the JVM's options of {@code ./donna}, for what is measured or runs on. */
    public Builder asShipped() {
      asShipped = true;
      return java("@" + Path.of("..", "build", "jvm.flags").toAbsolutePath().normalize());
    }

    /** As {@code ulimit -n}. */
    public Builder descriptors(int most) {
      descriptors = OptionalInt.of(most);
      return this;
    }

    /** It runs there, where {@link NetworkNamespace#inside} reaches it. */
    public Builder inside(NetworkNamespace namespace) {
      network = Optional.of(namespace);
      return this;
    }

    /** Its standard output is a pipe that nobody reads, so that {@link #out} is empty. */
    public Builder unread() {
      unread = true;
      return this;
    }

    /** It logs what {@link GatewayProcess#log} asks for. */
    public Builder chatty() {
      main = ChattyDonna.class;
      return this;
    }

    /** Listens there, as one that is started again must. */
    public Builder port(int wanted) {
      port = wanted;
      return this;
    }

    /** How long it may take until it listens. */
    Builder patience(Duration longest) {
      patience = longest;
      return this;
    }

    /** Returns when the gateway listens; if it does not, its process is ended. */
    public GatewayProcess start() {
      int listening = port == 0 ? FreePort.next() : port;
      variables.put("PORT", String.valueOf(listening));
      try {
        return new GatewayProcess(this, listening);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private List<String> command() {
      List<String> command = new ArrayList<>();
      network.map(NetworkNamespace::enter).ifPresent(command::addAll);
      descriptors.ifPresent(
          most -> command.addAll(List.of("sh", "-c", "ulimit -n " + most + "; exec \"$@\"", "sh")));
      List<String> options = new ArrayList<>();
      if (asShipped) {
        options.addAll(List.of("-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders"));
      } else {
        options.addAll(ProductJvm.shortLived());
      }
      options.addAll(javaOptions);
      command.addAll(ProductJvm.command(options, main));
      command.add("serve");
      return command;
    }
  }

  private final String host;
  private final int port;
  private final Path folder;
  private final Process process;
  private int logged;

  private GatewayProcess(Builder builder, int port) throws IOException {
    this.port = port;
    this.host = builder.network.map(NetworkNamespace::inside).orElse("127.0.0.1");
    this.folder = Files.createTempDirectory("donna-gateway");
    Path out = Files.createFile(folder.resolve("out"));
    ProcessBuilder child =
        new ProcessBuilder(builder.command())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(builder.unread ? Redirect.PIPE : Redirect.to(out.toFile()));
    child.environment().keySet().removeIf(name -> !name.equals("PATH"));
    child.environment().putAll(builder.variables);
    this.process = child.start();
    try {
      awaitListening(builder.patience);
    } catch (Throwable waitedInVain) {
      close();
      throw waitedInVain;
    }
  }

  /** Nobody else holds the process yet: whoever calls this ends it where it fails. */
  private void awaitListening(Duration patience) {
    try {
      await("the gateway to listen")
          .atMost(patience)
          .until(() -> !process.isAlive() || isListening());
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("the gateway does not listen: " + out(), e);
    }
    if (!process.isAlive()) {
      throw new AssertionError("the gateway did not start: " + out());
    }
  }

  private boolean isListening() {
    try (Socket socket = new Socket(host, port)) {
      return socket.isConnected();
    } catch (IOException notYet) {
      return false;
    }
  }

  public static Builder behind(TestUpstream upstream) {
    return behind(upstream.uri());
  }

  public static Builder behind(URI upstream) {
    return new Builder(upstream);
  }

  public static Builder withoutUpstream() {
    return behind(URI.create("ws://127.0.0.1:1/v1/realtime"));
  }

  public int port() {
    return port;
  }

  public Process process() {
    return process;
  }

  /** What it has printed so far, both streams together. */
  public String out() {
    try {
      return Files.readString(folder.resolve("out"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The end of the pipe that {@link Builder#unread} asks for. */
  public InputStream unreadOut() {
    return process.getInputStream();
  }

  /** Has a chatty one log so many lines. */
  public void log(int lines) {
    String done = "logged-" + logged++;
    try {
      process.getOutputStream().write((lines + " " + done + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    await("the lines to be logged")
        .atMost(PATIENCE)
        .until(() -> Files.exists(folder.resolve(done)));
  }

  public void awaitOut(String part) {
    await("the gateway to say " + part).atMost(PATIENCE).until(() -> out().contains(part));
  }

  public TestClient connect(String... headers) {
    return TestClient.connect(port, "/realtime", headers);
  }

  /** A client that is authenticated and has not connected. */
  public TestClient connectReady() {
    return connect().authenticate();
  }

  /** A client of the drop-in endpoint, its token with it. */
  public TestClient connectDropIn(String... headers) {
    List<String> all = new ArrayList<>(List.of(headers));
    all.add("Authorization: Bearer " + RunningGateway.token("user123"));
    return TestClient.connect(port, "/v1/realtime", all.toArray(String[]::new));
  }

  /** What its system says of it, as now. */
  public ProcessFigures figures() {
    return new ProcessFigures(process.pid());
  }

  /** Sends SIGTERM and waits for the end. */
  public int terminate() {
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError("the gateway did not end: " + out());
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return process.exitValue();
  }

  /** Sends SIGKILL and waits for the end. */
  public void kill() {
    process.destroyForcibly();
    process.onExit().join();
  }

  @Override
  public void close() {
    kill();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
