package io.donna.gateway.session;

import io.donna.gateway.dialect.Dialect;
import io.donna.gateway.dialect.TranslatingInspector;
import io.donna.gateway.dialect.Translator;
import io.donna.gateway.realtime.BinaryCommands;
import io.donna.gateway.realtime.Event;
import io.donna.gateway.realtime.EventScanner;
import io.donna.gateway.realtime.Fault;
import io.donna.gateway.realtime.GatewayCommand;
import io.donna.gateway.realtime.Inspector;
import io.donna.gateway.realtime.StrictScanner;
import io.donna.gateway.websocket.Message;
import io.donna.gateway.websocket.PayloadInspector;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a client speaks, and how it is therefore read: loosely where only commands are to be found,
 * strictly where inspectors or translation depend on it. Confined to the session's event loop.
 */
final class ClientDialect {
  /**
   * What is larger, or of more values than are read on an event loop, is relayed as it is: no page
   * of the beta's days says so much at once.
   */
  private static final int LARGEST_SESSION_UPDATE = 64 * 1024;

  private final Dialects dialects;
  private final boolean commands;
  private Dialect dialect;

  /** Finds commands where no inspector sees what clients say; null where one does. */
  private @Nullable EventScanner scanner;

  /** Finds commands in binary messages; null until there is one. */
  private @Nullable BinaryCommands ofBinary;

  /** Reads what clients say where an inspector sees it. */
  private @Nullable StrictScanner strictScanner;

  /**
   * A client's that says nothing yet.
   *
   * @param dialect what its request says it speaks
   */
  ClientDialect(Services services, EndpointMode mode, Dialect dialect) {
    this.dialects = services.dialects();
    this.commands = mode.commands();
    this.dialect = dialects.clients().orElse(dialect);
    this.strictScanner = isTranslated() ? new StrictScanner() : null;
    this.scanner = isTranslated() ? null : new EventScanner();
  }

  /** What the client's leg is to read text messages with. */
  PayloadInspector reader() {
    if (strictScanner != null) {
      return strictScanner;
    }
    return Objects.requireNonNull(scanner);
  }

  /** The reader where it is a strict one; null where nobody is to see what the client says. */
  @Nullable StrictScanner strictReader() {
    return strictScanner;
  }

  boolean isTranslated() {
    return dialect != dialects.upstream();
  }

  /** The row of inspectors, with translations where they are needed. */
  List<Inspector> translating(List<Inspector> row) {
    return TranslatingInspector.around(row, dialect, dialects.upstream());
  }

  /** Whether the text message at hand is for the gateway. */
  boolean isCommand() {
    if (scanner != null) {
      return scanner.command() != GatewayCommand.NONE;
    }
    // What has a fault goes to the relay, to be refused there.
    return strictScanner != null
        && strictScanner.fault() == Fault.NONE
        && GatewayCommand.named(strictScanner.type()) != GatewayCommand.NONE;
  }

  /** Whether a binary message reads as one that is for the gateway, its token in it perhaps. */
  boolean isCommand(Message binary) {
    BinaryCommands commandsInIt = ofBinary != null ? ofBinary : new BinaryCommands();
    ofBinary = commandsInIt;
    return commandsInIt.contain(binary);
  }

  /**
   * Whether the text message at hand is the first to show that its client speaks the beta: of a
   * page written for the founding server, only the shape of its events does.
   */
  boolean turnsOutToBeBeta(Message message) {
    return commands
        && dialect == Dialect.GA
        && dialects.clients().isEmpty()
        && message.length() <= LARGEST_SESSION_UPDATE
        && shapesSession()
        && isBeta(Event.of(message.payload()));
  }

  private static boolean isBeta(Event event) {
    return !event.isOpened()
        && event.tree().filter(tree -> Dialect.of(tree) == Dialect.BETA).isPresent();
  }

  private boolean shapesSession() {
    if (scanner != null) {
      return scanner.shapesSession();
    }
    return strictScanner != null
        && strictScanner.fault() == Fault.NONE
        && switch (strictScanner.type()) {
          case SESSION_UPDATE, RESPONSE_CREATE, TRANSCRIPTION_SESSION_UPDATE -> true;
          default -> false;
        };
  }

  /**
   * The client is known to speak the beta.
   *
   * @return what its leg is to read it with from now on
   */
  StrictScanner becomeBeta() {
    dialect = Dialect.BETA;
    return becomeStrict();
  }

  /**
   * From now on inspectors see what the client says.
   *
   * @return what its leg is to read it with
   */
  StrictScanner becomeStrict() {
    StrictScanner reader = strictScanner != null ? strictScanner : new StrictScanner();
    strictScanner = reader;
    scanner = null;
    return reader;
  }

  /** Between the client and those who understand today's dialect. */
  Optional<Inspector> translation() {
    return Translator.between(dialect, Dialect.GA).map(TranslatingInspector::new);
  }
}
