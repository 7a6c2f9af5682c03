package io.donna.gateway.upstream;

import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.Leg;
import io.donna.gateway.websocket.Message;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Checks the first event of an upstream while there is another to fail over to: servers of the
 * Realtime API answer 101 to every request, and refuse in their first event. A refusal fails the
 * attempt, so that the next server is tried. Once the upstream has accepted the session, its
 * messages pass through. Confined to the event loop.
 */
final class FirstEventCheck implements Leg.Events {
  /** A server of the API sends an event within milliseconds; others may wait for the client. */
  private static final long SILENCE_MS = 1_000;

  /** The longest message that is checked for an error; errors are short. */
  private static final int LONGEST_ERROR = 8 * 1024;

  private enum State {
    LISTENING,
    TAKEN,
    /** The session has moved to another server or has ended. */
    LEFT
  }

  private final UpstreamOpening opening;
  private final UpstreamServer server;
  private final ApiKeys.Key key;
  private final UpstreamOpening.Wanted wanted;
  private State state = State.LISTENING;
  private OpeningOutcome.@Nullable Opened opened;
  private @Nullable Leg leg;
  private @Nullable ScheduledFuture<?> patience;

  FirstEventCheck(
      UpstreamOpening opening,
      UpstreamServer server,
      ApiKeys.Key key,
      UpstreamOpening.Wanted wanted) {
    this.opening = opening;
    this.server = server;
    this.key = key;
    this.wanted = wanted;
  }

  /** The server has answered 101. */
  void listen(OpeningOutcome.Opened answered) {
    opened = answered;
    leg = answered.upstream();
    patience = wanted.eventLoop().schedule(this::take, SILENCE_MS, TimeUnit.MILLISECONDS);
  }

  /** The session has ended; a closing handshake is possible, as no other leg needs the parser. */
  void cancel(CloseReason reason) {
    stopWaiting();
    state = State.LEFT;
    if (leg != null) {
      leg.close(reason);
    }
  }

  private void take() {
    if (state == State.LISTENING && opened != null) {
      stopWaiting();
      state = State.TAKEN;
      opening.taken(server, opened);
    }
  }

  /** Moves the session to another server if possible; whether it did. */
  private boolean turned(OpeningFault fault) {
    if (!opening.turnsFrom(server, key, fault, true)) {
      return false;
    }
    leave();
    opening.turnOn();
    return true;
  }

  /** Closes without a handshake, as the next leg takes over the parser of this leg's messages. */
  private void leave() {
    stopWaiting();
    state = State.LEFT;
    if (leg != null) {
      leg.channel().close();
    }
  }

  private void stopWaiting() {
    if (patience != null) {
      patience.cancel(false);
    }
  }

  private static OpeningFault faultIn(Message message) {
    return message.isText() && message.length() <= LONGEST_ERROR
        ? OpeningFault.ofFirstEvent(message.payload())
        : OpeningFault.CLIENT;
  }

  @Override
  public void onMessage(Message message) {
    if (state == State.LISTENING && !turned(faultIn(message))) {
      take();
    }
    if (state == State.TAKEN) {
      wanted.events().onMessage(message);
    }
  }

  @Override
  public void onBurstEnd() {
    if (state == State.TAKEN) {
      wanted.events().onBurstEnd();
    }
  }

  @Override
  public void onWritabilityChanged(boolean writable) {
    if (state == State.TAKEN) {
      wanted.events().onWritabilityChanged(writable);
    }
  }

  @Override
  public void onClosed(CloseReason reason) {
    if (state == State.LISTENING && !turned(OpeningFault.SERVER)) {
      take();
    }
    if (state == State.TAKEN) {
      wanted.events().onClosed(reason);
    }
  }

  @Override
  public void onFailed(CloseReason reason) {
    if (state == State.LISTENING && !turned(OpeningFault.SERVER)) {
      take();
    }
    if (state == State.TAKEN) {
      wanted.events().onFailed(reason);
    }
  }
}
