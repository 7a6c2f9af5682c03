package io.donna.simulator;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command that runs the simulator until its thread is interrupted. */
@Command(
    name = "donna-simulate",
    description = "Simulates OpenAI's voice APIs, without a model.",
    mixinStandardHelpOptions = true,
    version = "donna-simulate 0.1.0",
    sortOptions = false,
    footer = {
      "",
      "Faults: " + FaultSpec.GRAMMAR + ".",
      "A client can request one for its own connection, in place of its model:",
      "?model=fault/close=4000:bye@3"
    })
public final class SimulatorCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--port", paramLabel = "N", description = "Port; ${DEFAULT-VALUE} by default.")
  private int port = 8091;

  @Option(names = "--host", paramLabel = "ADDRESS", description = "Default: ${DEFAULT-VALUE}.")
  private String host = "127.0.0.1";

  @Option(
      names = "--api-key",
      paramLabel = "KEY",
      description = "The only accepted API key. Default: any key is accepted.")
  private @Nullable String apiKey;

  @Option(
      names = "--speed",
      paramLabel = "TIMES",
      description =
          "Speed of audio delivery, as a multiple of real time. Default: ${DEFAULT-VALUE}.")
  private double speed = 5;

  @Option(
      names = "--hear",
      paramLabel = "WORDS",
      description =
          "What the user says in the next utterance; repeatable. Speech itself is not recognised.")
  private List<String> utterances = List.of();

  @Option(
      names = "--fault",
      paramLabel = "SPEC",
      description = "Fault of every connection; see below.")
  private String fault = "none";

  @Option(names = "--tls-cert", paramLabel = "FILE", description = "Certificate chain in PEM.")
  private @Nullable Path tlsCertificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "Private key of the certificate, in PEM.")
  private @Nullable Path tlsKey;

  @Option(names = "--quiet", description = "Do not print connections and turns.")
  private boolean quiet;

  public static void main(String[] args) {
    Thread main = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> interruptAndWait(main)));
    PrintWriter out = new PrintWriter(System.out, true, System.out.charset());
    PrintWriter err = new PrintWriter(System.err, true, System.err.charset());
    int status = run(out, err, args);
    if (status != 0) {
      Runtime.getRuntime().halt(status);
    }
  }

  /** Runs the command and returns its exit status: 0, 1 for a failure, 2 for invalid options. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    return new CommandLine(new SimulatorCommand()).setOut(out).setErr(err).execute(args);
  }

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (Simulator simulator = builder(out).start()) {
      out.println("Simulator listening on " + simulator.uri());
      out.println("Connect to " + simulator.uri() + "?model=gpt-realtime-2.1");
      out.println("  with any bearer key, and ask for a story. --help lists the faults.");
      out.println("GPT-Live: " + simulator.liveUri());
      out.println("Transcription: " + simulator.uri() + "?intent=transcription");
      out.println("Translation: " + simulator.translationUri() + "?model=gpt-realtime-translate");
      out.flush();
      new CountDownLatch(1).await();
      return 0;
    } catch (InterruptedException interrupted) {
      // An interrupt is the normal way to stop the command. The flag is restored for the caller.
      Thread.currentThread().interrupt();
      return 0;
    } catch (UncheckedIOException e) {
      PrintWriter err = spec.commandLine().getErr();
      err.println(refusal(e));
      err.flush();
      return 1;
    }
  }

  private Simulator.Builder builder(PrintWriter out) {
    Simulator.Builder builder =
        Simulator.builder()
            .host(host)
            .port(port)
            .withoutRecording()
            .fault(chosenFault())
            .hears(utterances.toArray(String[]::new));
    try {
      builder.speed(speed);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--speed: " + e.getMessage(), e);
    }
    Optional.ofNullable(apiKey).ifPresent(builder::apiKey);
    tls().ifPresent(builder::tls);
    if (!quiet) {
      builder.journal(line -> {
        out.println(line);
        out.flush();
      });
    }
    return builder;
  }

  private Fault chosenFault() {
    try {
      return Fault.parse(fault);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--fault: " + e.getMessage(), e);
    }
  }

  private Optional<SslContext> tls() {
    if (tlsCertificate == null && tlsKey == null) {
      return Optional.empty();
    }
    if (tlsCertificate == null || tlsKey == null) {
      throw new ParameterException(spec.commandLine(), "--tls-cert and --tls-key need each other.");
    }
    try {
      return Optional.of(
          SslContextBuilder.forServer(tlsCertificate.toFile(), tlsKey.toFile()).build());
    } catch (SSLException | IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(),
          "Cannot use %s with %s: %s".formatted(tlsCertificate, tlsKey, e.getMessage()),
          e);
    }
  }

  private String refusal(UncheckedIOException e) {
    String advice = e.getCause() instanceof BindException ? " Choose another with --port." : "";
    return "Cannot listen on %s:%d: %s.%s".formatted(host, port, e.getMessage(), advice);
  }

  private static void interruptAndWait(Thread main) {
    main.interrupt();
    try {
      main.join(2_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
