package io.donna.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.donna.simulator.protocol.SessionFault;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import java.time.Duration;
import java.util.Optional;

/**
 * A fault of the upstream. `afterEvents` is the number of events the server sends before it: 0
 * triggers it right after the upgrade, 1 after the first event, such as `session.created`.
 */
public sealed interface Fault {
  /**
   * The longest reason: a control frame holds 125 bytes (RFC 6455, 5.5), two of them for the code.
   */
  int LONGEST_REASON = 123;

  /** No fault. */
  record None() implements Fault {}

  /** Answers the upgrade with an HTTP status and an error in JSON. */
  record Refuse(int status) implements Fault {}

  /** Answers the upgrade with a redirect to another path. */
  record Redirect() implements Fault {}

  /** Accepts the connection and never answers the upgrade. */
  record Hang() implements Fault {}

  /** Answers the upgrade with a wrong `Sec-WebSocket-Accept`. */
  record BadAccept() implements Fault {}

  /** Writes half a frame, then nothing more. */
  record Stall(int afterEvents) implements Timed {}

  /** Ends the TCP connection without a close frame. */
  record Drop(int afterEvents) implements Timed {}

  /** Closes the WebSocket. */
  record Close(int code, String reason, int afterEvents) implements Timed {
    public Close {
      if (!WebSocketCloseStatus.isValidStatusCode(code)) {
        throw new IllegalArgumentException("A close frame cannot carry the code " + code);
      }
      if (reason.getBytes(UTF_8).length > LONGEST_REASON) {
        throw new IllegalArgumentException("A close reason has at most 123 bytes: " + reason);
      }
    }
  }

  /** Sends a frame with a reserved opcode. */
  record Garbage(int afterEvents) implements Timed {}

  /** Sends half an event in a whole message. */
  record Malformed(int afterEvents) implements Timed {}

  /** Sends an `error` event with this code. The session goes on. */
  record ErrorEvent(String code, int afterEvents) implements Timed {}

  /** Sends no event sooner than this after the one before. */
  record Slow(Duration gap) implements Lasting {}

  /** A fault of the session itself. */
  record InSession(SessionFault fault) implements Lasting {}

  /** A fault of an open WebSocket, as long as it is open. */
  sealed interface Lasting extends Fault {}

  /** A fault of an open WebSocket. */
  sealed interface Timed extends Fault {
    int afterEvents();
  }

  static Fault none() {
    return new None();
  }

  static Fault refuse(int status) {
    return new Refuse(status);
  }

  static Fault redirect() {
    return new Redirect();
  }

  static Fault hang() {
    return new Hang();
  }

  static Fault badAccept() {
    return new BadAccept();
  }

  static Fault stallAfter(int events) {
    return new Stall(events);
  }

  static Fault dropAfter(int events) {
    return new Drop(events);
  }

  static Fault garbageAfter(int events) {
    return new Garbage(events);
  }

  static Fault malformedAfter(int events) {
    return new Malformed(events);
  }

  static Fault errorAfter(int events, String code) {
    return new ErrorEvent(code, events);
  }

  static Fault slow(Duration gap) {
    return new Slow(gap);
  }

  static Fault inSession(SessionFault fault) {
    return new InSession(fault);
  }

  /** Closes after `session.created`. */
  static Fault closeWith(int code, String reason) {
    return closeAfter(1, code, reason);
  }

  static Fault closeAfter(int events, int code, String reason) {
    return new Close(code, reason, events);
  }

  /**
   * Parses a fault in the syntax of {@link FaultSpec#GRAMMAR}, such as `close=4000:reason@5`.
   *
   * @throws IllegalArgumentException if it is invalid; the message gives the syntax
   */
  static Fault parse(String spec) {
    return FaultSpec.parse(spec);
  }

  /** The fault that a model name requests, as in `fault/drop@3`; empty if it names none. */
  static Optional<Fault> ofModel(String model) {
    if (!model.startsWith("fault/")) {
      return Optional.empty();
    }
    try {
      return Optional.of(parse(model.substring("fault/".length())));
    } catch (IllegalArgumentException unknown) {
      return Optional.empty();
    }
  }
}
