package io.donna.gateway.cli;

import io.donna.gateway.cli.talk.Address;
import io.donna.gateway.cli.talk.Conversation;
import io.donna.gateway.cli.talk.Printer;
import io.donna.gateway.cli.talk.Recording;
import io.donna.gateway.cli.talk.TalkOptions;
import io.donna.gateway.cli.talk.TerminalText;
import io.donna.gateway.cli.talk.Trust;
import io.donna.gateway.cli.talk.TurnOutcome;
import io.donna.gateway.cli.talk.UserTurn;
import io.donna.gateway.cli.talk.UserTurnSource;
import io.donna.gateway.cli.talk.WavWriter;
import io.donna.gateway.config.Environment;
import io.donna.gateway.config.InvalidSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code donna talk}: a conversation in the terminal, or a scripted one as a probe. */
@Command(
    name = "talk",
    description = {
      "Talk to a gateway, or to any server of the Realtime API.",
      "Each line typed, piped in or given with --text is a turn, and so is a recording (--wav). An "
          + "empty line, /quit or Ctrl-D ends the conversation.",
      "Exit status 0: every turn was answered; 1: a turn failed, for the reason on standard error; "
          + "2: usage error."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ./donna talk",
      "      chat with the gateway started by ./donna dev",
      "  ./donna talk wss://example.com/realtime --token \"$(./donna token --sub me)\"",
      "      authenticate with a token; setting DONNA_TOKEN does the same",
      "  ./donna talk --wav question.wav --save answer.wav",
      "      send a recording, save the answer",
      "  ./donna talk https://example.com/v1 --text-only --text \"Are you there?\"",
      "      probe the endpoint that SDKs use",
    })
final class TalkCommand implements Callable<Integer> {
  /** A shorter credential is not redacted: it would match parts of ordinary words. */
  private static final int SHORTEST_SECRET = 8;

  /** The longest report in characters; a report may quote a server. */
  private static final int LONGEST_REPORT = 2_000;

  private final InputStream in;
  private final boolean terminal;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "URL",
      description = {
        "a ws, wss, http or https URL, or HOST[:PORT]. /realtime uses the gateway's protocol, "
            + "/v1/realtime and /openai/v1/realtime the Realtime API.",
        "Default: the gateway started by ./donna dev in this directory, else the one configured by "
            + "PORT, HOST and TLS_CERT_FILE; without --token, a token signed with its secret is "
            + "used"
      })
  private @Nullable String url;

  // No ${DEFAULT-VALUE} in the description: --help must not print a credential.
  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      defaultValue = "${env:DONNA_TOKEN}",
      description = "token or API key (default: DONNA_TOKEN in the environment)")
  private @Nullable String token;

  /** The token that is presented: the one given, or one that this command mints. */
  private Optional<String> credential = Optional.empty();

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "trust the PEM certificates in FILE instead of the platform's")
  private @Nullable Path ca;

  @Option(names = "--model", paramLabel = "MODEL", description = "model to request")
  private @Nullable String model;

  @Option(
      names = "--text",
      paramLabel = "LINE",
      description = "send LINE as a turn and do not read standard input; repeatable")
  private List<String> texts = new ArrayList<>();

  @Option(
      names = "--wav",
      paramLabel = "FILE",
      description = "send a recording as the first turn: WAV, 8 or 16 bit PCM")
  private @Nullable Path wav;

  @Option(names = "--fast", description = "send the recording at once, not in real time")
  private boolean fast;

  @Option(
      names = "--save",
      paramLabel = "FILE",
      description = "save the audio of all answers: WAV, 24 kHz, 16 bit")
  private @Nullable Path save;

  @Option(names = "--text-only", description = "request text answers")
  private boolean textOnly;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "how long to wait for the server (default: ${DEFAULT-VALUE})")
  private int timeoutSeconds;

  TalkCommand() {
    this(System.in, Terminal.isInteractive());
  }

  /**
   * @param terminal whether {@code in} is an interactive terminal
   */
  TalkCommand(InputStream in, boolean terminal) {
    this.in = in;
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InterruptedException, IOException, InvalidSettings {
    TargetGateway gateway =
        url == null
            ? TargetGateway.find(Environment.ofProcess(Path.of("")))
            : TargetGateway.at(url);
    Address address = address(gateway.url());
    credential = givenToken().or(gateway::token);
    if (timeoutSeconds < 1) {
      throw wrong("--timeout must be a whole number of seconds above 0, not " + timeoutSeconds);
    }
    try {
      return talk(address, Optional.ofNullable(ca).or(gateway::authority));
    } catch (IOException e) {
      report(String.valueOf(e.getMessage()));
      return ExitCode.SOFTWARE;
    }
  }

  private int talk(Address address, Optional<Path> authority)
      throws IOException, InterruptedException {
    Printer printer = new Printer(spec.commandLine().getOut());
    // Read files first, to report errors before connecting.
    List<UserTurn> given = given();
    boolean typing = given.isEmpty() && terminal;
    try (Conversation conversation =
            Conversation.open(
                address,
                credential,
                authority.isPresent() ? Optional.of(Trust.in(authority.get())) : Optional.empty(),
                new TalkOptions(textOnly, wav != null, save != null),
                Duration.ofSeconds(timeoutSeconds));
        Saving saving = Saving.to(Optional.ofNullable(save))) {
      if (typing) {
        printer.note("Talking to " + address.shown() + ". An empty line ends the conversation.");
      }
      UserTurnSource userTurns = userTurns(given, printer);
      int status = ExitCode.OK;
      Optional<UserTurn> userTurn = userTurns.next();
      while (userTurn.isPresent()) {
        TurnOutcome outcome = conversation.take(userTurn.get(), printer, saving.writer());
        if (outcome instanceof TurnOutcome.Failed(String sentence)) {
          report(sentence);
          status = ExitCode.SOFTWARE;
          // A person can try again; a script needs the failure.
          if (!typing) {
            break;
          }
        }
        userTurn = userTurns.next();
      }
      return status;
    }
  }

  private List<UserTurn> given() throws IOException {
    List<UserTurn> given = new ArrayList<>();
    if (wav != null) {
      given.add(new UserTurn.Spoken(Recording.read(wav), fast));
    }
    texts.forEach(text -> given.add(new UserTurn.Written(text)));
    return given;
  }

  private UserTurnSource userTurns(List<UserTurn> given, Printer printer) {
    if (!given.isEmpty()) {
      return UserTurnSource.of(given, printer);
    }
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    return terminal ? UserTurnSource.typed(lines, printer) : UserTurnSource.piped(lines);
  }

  private Address address(String where) {
    try {
      return Address.of(where, Optional.ofNullable(model).filter(name -> !name.isBlank()));
    } catch (IllegalArgumentException e) {
      throw wrong("The address " + TerminalText.line(where) + " " + e.getMessage());
    }
  }

  private Optional<String> givenToken() {
    Optional<String> given =
        Optional.ofNullable(token).map(String::strip).filter(text -> !text.isEmpty());
    // The JDK would reject it as a header value and quote it in the error.
    if (given.isPresent() && !given.get().chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw wrong("The token is not valid: it contains characters other than printable ASCII");
    }
    return given;
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** Prints an error without the token, which a server may quote when it rejects it. */
  private void report(String sentence) {
    String safe = TerminalText.line(sentence, LONGEST_REPORT);
    Optional<String> secret = credential.filter(text -> text.length() >= SHORTEST_SECRET);
    if (secret.isPresent()) {
      safe = safe.replace(secret.get(), "[the token]");
    }
    spec.commandLine().getOut().flush();
    Terminal.err(spec).line("donna: " + safe);
  }

  /** The optional output file of {@code --save}. */
  private record Saving(Optional<WavWriter> writer) implements AutoCloseable {
    static Saving to(Optional<Path> file) throws IOException {
      return new Saving(
          file.isPresent() ? Optional.of(WavWriter.open(file.get())) : Optional.empty());
    }

    @Override
    public void close() throws IOException {
      if (writer.isPresent()) {
        writer.get().close();
      }
    }
  }
}
