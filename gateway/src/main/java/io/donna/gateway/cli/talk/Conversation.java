package io.donna.gateway.cli.talk;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** A session with a gateway, from the upgrade to the close. Confined to one thread. */
public final class Conversation implements AutoCloseable {
  private final Connection connection;
  private final Duration timeout;

  private Conversation(Connection connection, Duration timeout) {
    this.connection = connection;
    this.timeout = timeout;
  }

  /**
   * Connects, presents the token as the flow requires, and waits for the session.
   *
   * @param trust the trusted certificates, instead of the platform's
   * @param timeout how long to wait for the server, here and in turns
   */
  public static Conversation open(
      Address address,
      Optional<String> token,
      Optional<SSLContext> trust,
      TalkOptions wishes,
      Duration timeout)
      throws TalkFailure, InterruptedException {
    Optional<String> bearer = address.flow() == OpeningFlow.DROP_IN ? token : Optional.empty();
    Connection connection = Connection.open(address, bearer, trust, timeout);
    try {
      new SessionOpening(connection, timeout).perform(address.flow(), token, wishes);
      return new Conversation(connection, timeout);
    } catch (TalkFailure | InterruptedException e) {
      connection.close();
      throw e;
    }
  }

  /**
   * Sends the turn and prints the answer as it arrives.
   *
   * @param save receives the answer's audio
   * @throws TalkFailure if the conversation has ended
   */
  public TurnOutcome take(UserTurn userTurn, Printer printer, Optional<WavWriter> save)
      throws IOException, InterruptedException {
    return new TalkTurn(connection, printer, save, timeout).take(userTurn);
  }

  @Override
  public void close() {
    connection.close();
  }
}
