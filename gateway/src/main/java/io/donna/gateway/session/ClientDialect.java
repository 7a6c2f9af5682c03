package io.donna.gateway.session;

import io.donna.gateway.dialect.Dialect;
import io.donna.gateway.dialect.TranslatingInspector;
import io.donna.gateway.dialect.Translator;
import io.donna.gateway.event.BinaryCommandDetector;
import io.donna.gateway.event.Event;
import io.donna.gateway.event.EventScanner;
import io.donna.gateway.event.EventType;
import io.donna.gateway.event.Fault;
import io.donna.gateway.event.GatewayCommand;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.event.StrictScanner;
import io.donna.gateway.websocket.Message;
import io.donna.gateway.websocket.PayloadInspector;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The dialect of a client, and how its messages are parsed: loosely if only commands must be found,
 * strictly if inspectors or translation depend on them. Confined to the session's event loop.
 */
final class ClientDialect {
  /**
   * A larger message, or one with more values than are parsed on an event loop, is relayed
   * unchanged: no client of the beta sends such updates.
   */
  private static final int LARGEST_SESSION_UPDATE = 64 * 1024;

  private final Dialects dialects;
  private final boolean commands;
  private Dialect dialect;

  /** Finds commands if no inspector sees the client's messages; else null. */
  private @Nullable EventScanner scanner;

  /** Finds commands in binary messages; null until the first. */
  private @Nullable BinaryCommandDetector binaryCommands;

  /** Parses the client's messages if an inspector sees them; else null. */
  private @Nullable StrictScanner strictScanner;

  /**
   * For a client that has sent nothing yet.
   *
   * @param dialect the dialect that its request states
   */
  ClientDialect(Services services, EndpointMode mode, Dialect dialect) {
    this.dialects = services.dialects();
    this.commands = mode.commands();
    this.dialect = dialects.clients().orElse(dialect);
    this.strictScanner = isTranslated() ? new StrictScanner() : null;
    this.scanner = isTranslated() ? null : new EventScanner();
  }

  /** The payload inspector for the client's text messages. */
  PayloadInspector reader() {
    if (strictScanner != null) {
      return strictScanner;
    }
    return Objects.requireNonNull(scanner);
  }

  /** The strict parser; null if no inspector sees the client's messages. */
  @Nullable StrictScanner strictReader() {
    return strictScanner;
  }

  boolean isTranslated() {
    return dialect != dialects.upstream();
  }

  /** The chain of inspectors, with translators where needed. */
  List<Inspector> translating(List<Inspector> chain) {
    return TranslatingInspector.around(chain, dialect, dialects.upstream());
  }

  /** The type of the current message, for figures; unknown if it is binary. */
  EventType type(Message message) {
    if (!message.isText()) {
      return EventType.UNKNOWN;
    }
    if (scanner != null) {
      return scanner.type();
    }
    return strictScanner != null ? strictScanner.type() : EventType.UNKNOWN;
  }

  /** Whether the current text message is a command for the gateway. */
  boolean isCommand() {
    if (scanner != null) {
      return scanner.command() != GatewayCommand.NONE;
    }
    // A malformed message goes to the relay, which refuses it.
    return strictScanner != null
        && strictScanner.fault() == Fault.NONE
        && GatewayCommand.named(strictScanner.type()) != GatewayCommand.NONE;
  }

  /** Whether a binary message contains a command for the gateway, possibly with a token. */
  boolean isCommand(Message binary) {
    BinaryCommandDetector scanned =
        binaryCommands != null ? binaryCommands : new BinaryCommandDetector();
    binaryCommands = scanned;
    return scanned.contain(binary);
  }

  /**
   * Whether the current text message is the first to show that the client speaks the beta: a page
   * written for the founding server shows it only by the format of its events.
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
   * Switches the client's dialect to the beta.
   *
   * @return the parser for its messages from now on
   */
  StrictScanner becomeBeta() {
    dialect = Dialect.BETA;
    return becomeStrict();
  }

  /**
   * Switches to strict parsing, as inspectors see the client's messages from now on.
   *
   * @return the parser for its messages
   */
  StrictScanner becomeStrict() {
    StrictScanner reader = strictScanner != null ? strictScanner : new StrictScanner();
    strictScanner = reader;
    scanner = null;
    return reader;
  }

  /** The translator between the client and the inspectors, which use today's dialect. */
  Optional<Inspector> translation() {
    return Translator.between(dialect, Dialect.GA).map(TranslatingInspector::new);
  }
}
