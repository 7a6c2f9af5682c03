package io.donna.bench;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParseResult;

/** The command: what a relayed message costs the gateway, beside what it costs nginx. */
@Command(
    name = "bench",
    sortOptions = false,
    description = "Measures what a relayed message costs the gateway in CPU time, beside nginx.",
    footer = "Exit status: 0 measured, 1 a peer failed, 2 wrong usage.")
public final class RelayBenchmark implements Callable<Integer> {
  private enum Only {
    GATEWAY,
    NGINX
  }

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this and exit.")
  @SuppressWarnings("unused") // picocli shows the help where it is set
  private boolean help;

  @Mixin private LoadOptions options = new LoadOptions();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Measurements of each peer (${DEFAULT-VALUE}).")
  private int rounds;

  @Option(names = "--only", paramLabel = "PEER", description = "Measure gateway or nginx alone.")
  private @Nullable Only only;

  @Option(
      names = "--nginx-buffer",
      paramLabel = "SIZE",
      defaultValue = "4k",
      description = "What nginx reads at a time (${DEFAULT-VALUE}, its own default).")
  private String nginxBuffer = "4k";

  @Parameters(
      paramLabel = "COMMAND",
      description = "After --: what starts the gateway; its settings come by environment.")
  private List<String> gatewayCommand = List.of();

  public static void main(String[] args) {
    CommandLine command = new CommandLine(new RelayBenchmark());
    command.setCaseInsensitiveEnumValuesAllowed(true);
    command.setExecutionExceptionHandler(RelayBenchmark::onFailure);
    System.exit(command.execute(args));
  }

  @Override
  public Integer call() {
    Load load = options.load();
    Load.check(rounds >= 1 && rounds <= 100, "--rounds takes 1 to 100");
    Load.check(
        nginxBuffer.matches("[1-9]\\d{0,2}k"), "--nginx-buffer takes 1k to 999k, such as 32k");
    Load.check(
        only == Only.NGINX || !gatewayCommand.isEmpty(),
        "the gateway's command goes after --, or --only nginx does without");
    Cores cores = Cores.claim();
    say(cores.note());
    Run run = new Run(eventLoop(), load, new Tally(), new Alarm());
    Upstream upstream = Upstream.start(run);
    Cleanup cleanup = Cleanup.atExit();
    List<Peer> peers = start(new Launcher(cores, cleanup), upstream.port(), load);
    // Added last and so done first: a peer that ends on Ctrl-C is no failure of the peer.
    cleanup.add(() -> run.alarm().raise("interrupted"));
    Map<String, List<Measurement>> results = new Contest(peers, upstream, run).run(rounds);
    say(Report.table(results));
    if (peers.size() == 2) {
      say(Report.ratio("gateway", results, "nginx"));
    }
    return CommandLine.ExitCode.OK;
  }

  private List<Peer> start(Launcher launcher, int upstreamPort, Load load) {
    List<Peer> peers = new ArrayList<>();
    if (only != Only.GATEWAY) {
      Optional<Path> nginx = Nginx.find();
      if (nginx.isPresent()) {
        peers.add(Nginx.start(nginx.get(), nginxBuffer, launcher, upstreamPort, load.sessions()));
      } else if (only == Only.NGINX) {
        throw new BenchmarkFailed("nginx not found: install nginx-light");
      } else {
        say("nginx not found: install nginx-light; the gateway runs alone, so there is no ratio");
      }
    }
    if (only != Only.NGINX) {
      peers.add(Gateway.start(gatewayCommand, launcher, upstreamPort));
    }
    return peers;
  }

  private static EventLoop eventLoop() {
    return new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory()).next();
  }

  private static void say(String text) {
    System.out.println(text);
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
