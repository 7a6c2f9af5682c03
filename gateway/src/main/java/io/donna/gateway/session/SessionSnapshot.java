package io.donna.gateway.session;

import io.donna.gateway.calls.Call;
import io.donna.gateway.metering.Payer;
import io.donna.gateway.telemetry.SessionState;
import io.donna.gateway.websocket.CloseReason;
import java.time.Instant;
import java.util.Optional;

/**
 * A session as it stands, for the operator. Immutable.
 *
 * @param id the session's id in all logs
 * @param payer its user, tenant and tier; anonymous until it has authenticated
 * @param ip the client's address, masked
 * @param endpoint the path that the client connected to
 * @param protocol the name of its protocol, the last one it was connected by
 * @param model the model requested from the upstream, of an ended session from the last; empty
 *     without an upstream
 * @param server the name of that upstream server in the settings; empty without an upstream
 * @param turns the number of turns so far
 * @param interruptions how often the user began to speak while the assistant did
 * @param lastWaitMs how long the user last waited for audio, in milliseconds
 * @param end how it ended; empty while it is live
 */
public record SessionSnapshot(
    String id,
    Payer payer,
    String ip,
    String endpoint,
    String protocol,
    SessionState state,
    Instant begun,
    Optional<String> model,
    Optional<String> server,
    int turns,
    int interruptions,
    Optional<Long> lastWaitMs,
    Call.Usage usage,
    Optional<End> end) {
  /**
   * The end of a session.
   *
   * @param reason the close code and reason, of whichever side closed first
   * @param byClient whether that was the client, which may state any
   * @param operatorReason why an operator ended it, as the client was told; empty if none did
   */
  public record End(
      Instant time, CloseReason reason, boolean byClient, Optional<String> operatorReason) {}
}
