package io.donna.bench;

import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParseResult;

/** The command that measures the cost of the gateway and of other relays in one run. */
@Command(
    name = "bench",
    sortOptions = false,
    description = {
      "Measures the gateway beside nginx, HAProxy, a relay on Node and one on Vert.x.",
      "Each peer is pinned to one core, the load to another, peers in turn."
    },
    footerHeading = "%nWhat can be measured:%n",
    footer = {
      "  voice     CPU time and latency per relayed message: 100 sessions of voice",
      "  small     the same with small events: 200 sessions",
      "  large     the same with messages of 1 MB: 8 sessions",
      "  busy      the same with 1,000 sessions of voice, and without a relay",
      "  auth      latency of 1,000 sessions of voice beside 2,000 token verifications a second",
      "  scrape    cost and latency of 1,000 sessions of voice beside a scrape of /metrics each second;",
      "            of more sessions, the others rest",
      "  flood     the most messages a second",
      "  sessions  the most new sessions a second",
      "  idle      memory of an idle session",
      "  start     time from the start of the process to the first answer of /health",
      "  micro     frame parser, UTF-8 check and scanners in isolation (JMH, with its own options)",
      "",
      "Exit status: 0 measured, 1 a peer failed, 2 usage error, 3 worse than recorded."
    })
public final class Bench implements Callable<Integer> {
  private static final int WORSE = 3;

  @Parameters(
      paramLabel = "WHAT",
      description = "What to measure; the default is everything except micro.")
  private List<Scenario> what = List.of();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this and exit.")
  @SuppressWarnings("unused") // picocli shows the help if set
  private boolean help;

  @Option(
      names = "--peers",
      paramLabel = "PEER",
      split = ",",
      description =
          "Peers to measure: ${COMPLETION-CANDIDATES}. The default is all that are installed;"
              + " POLICY only with --policy.")
  private List<Contender> peers = List.of();

  @Option(
      names = "--sessions",
      paramLabel = "N",
      description = "Concurrent clients; the default depends on what is measured.")
  private int sessions;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Measurements of each peer (${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "10",
      description = "Measured time of a round (${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--warmup",
      paramLabel = "N",
      defaultValue = "8",
      description = "Seconds of load before each measurement (${DEFAULT-VALUE}).")
  private int warmup;

  @Option(
      names = "--settle",
      paramLabel = "N",
      defaultValue = "20",
      description =
          "Seconds of a heavier load before a peer's first round, for JIT compilation"
              + " (${DEFAULT-VALUE}).")
  private int settling;

  @Option(
      names = "--nginx-buffer",
      paramLabel = "SIZE",
      defaultValue = "4k",
      description = "Size of nginx's read buffer (${DEFAULT-VALUE}, its own default).")
  private String nginxBuffer = "4k";

  @Option(
      names = "--tls",
      description = "Clients connect to the peers over TLS; the upstream has none.")
  private boolean tls;

  @Option(names = "--policy", description = "Measure the gateway a second time, with a policy.")
  private boolean policy;

  @Option(names = "--record", description = "Store the ratios as the reference for later runs.")
  private boolean record;

  @Option(names = "--recorded", hidden = true, paramLabel = "FILE")
  private @Nullable Path recordedFile;

  /**
   * The arguments after {@code --}: the gateway's command. Settings are passed in its environment.
   */
  private final List<String> gateway;

  Bench(List<String> gateway) {
    this.gateway = gateway;
  }

  public static void main(String[] args) {
    // Use JDK logging: the gateway's Logback is on the class path only for the micro benchmarks.
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    List<String> all = Arrays.asList(args);
    int end = all.contains("--") ? all.indexOf("--") : all.size();
    List<String> gateway = all.subList(Math.min(end + 1, all.size()), all.size());
    CommandLine command = new CommandLine(new Bench(gateway));
    command.setCaseInsensitiveEnumValuesAllowed(true);
    command.setExecutionExceptionHandler(Bench::onFailure);
    System.exit(command.execute(all.subList(0, end).toArray(String[]::new)));
  }

  @Override
  public Integer call() {
    Load.check(rounds >= 1 && rounds <= 100, "--rounds takes 1 to 100");
    Load.check(sessions >= 0 && sessions <= Load.MOST_SESSIONS, "--sessions takes 1 to 9500");
    Load.check(
        nginxBuffer.matches("[1-9]\\d{0,2}k"), "--nginx-buffer takes 1k to 999k, such as 32k");
    Load.check(settling >= 0 && settling <= 600, "--settle takes 0 to 600 seconds");
    List<Contender> contenders = contenders();
    Load.check(
        contenders.stream().noneMatch(Contender::isGateway) || !gateway.isEmpty(),
        "the gateway's command goes after --, or --peers does without the gateway");
    Cores cores = Cores.claim();
    System.out.println(cores.note());
    Cleanup cleanup = Cleanup.atExit();
    Lab lab =
        new Lab(
            contenders,
            gateway,
            nginxBuffer,
            new Launcher(cores, cleanup, tls),
            new Lab.Timing(
                rounds,
                Duration.ofSeconds(settling),
                Duration.ofSeconds(warmup),
                Duration.ofSeconds(seconds)),
            System.out);
    // Added last, so it runs first: a peer that exits on Ctrl-C must not count as failed.
    cleanup.add(lab::interrupt);
    Findings findings = new Findings(tls ? "tls." : "");
    for (Scenario scenario : what.isEmpty() ? List.of(Scenario.values()) : what) {
      System.out.println("\n" + scenario.key() + ": " + scenario.question());
      scenario.run(lab, findings, sessions);
    }
    return conclude(findings.ratios());
  }

  private int conclude(Map<String, Double> ratios) {
    if (!ratios.isEmpty()) {
      System.out.println("\nThe gateway's cost in units of each peer's (less is better):");
      ratios.forEach((name, ratio) ->
          System.out.println("  %-32s %s".formatted(name, Report.decimal(ratio, 2))));
    }
    if (recordedFile == null) {
      return CommandLine.ExitCode.OK;
    }
    Recorded recorded = new Recorded(recordedFile);
    List<String> worse = recorded.worse(ratios);
    worse.forEach(System.out::println);
    if (record) {
      recorded.keep(ratios);
      return CommandLine.ExitCode.OK;
    }
    return worse.isEmpty() ? CommandLine.ExitCode.OK : WORSE;
  }

  private List<Contender> contenders() {
    List<Contender> able = new ArrayList<>();
    for (Contender contender : asked()) {
      contender
          .missing()
          .ifPresentOrElse(
              what -> {
                if (!peers.isEmpty()) {
                  throw new BenchmarkFailed(what);
                }
                System.out.println(what + "; measured without it");
              },
              () -> able.add(contender));
    }
    return able;
  }

  private Set<Contender> asked() {
    Set<Contender> asked = peers.isEmpty() ? EnumSet.allOf(Contender.class) : EnumSet.copyOf(peers);
    if (policy) {
      asked.add(Contender.POLICY);
    } else if (peers.isEmpty()) {
      asked.remove(Contender.POLICY);
    }
    return asked;
  }

  private static int onFailure(Exception failure, CommandLine command, ParseResult parsed)
      throws Exception {
    return switch (failure) {
      case BenchmarkFailed failed -> {
        System.err.println(failed.getMessage());
        yield CommandLine.ExitCode.SOFTWARE;
      }
      case IllegalArgumentException wrong -> {
        System.err.println(wrong.getMessage());
        yield CommandLine.ExitCode.USAGE;
      }
      default -> throw failure;
    };
  }
}
