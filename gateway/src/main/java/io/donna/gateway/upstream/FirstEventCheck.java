package io.donna.gateway.upstream;

import io.donna.gateway.websocket.CloseReason;
import io.donna.gateway.websocket.Leg;
import io.donna.gateway.websocket.Message;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Hears what an upstream says first, while there is another to turn to: servers of the Realtime API
 * answer 101 to everybody, and say in their first event whom they refuse. Where it takes the
 * session, all it says goes straight on. Confined to the event loop.
 */
final class FirstEventCheck implements Leg.Events {
  /** A server of the API speaks within milliseconds; another may wait for the client's word. */
  private static final long SILENCE_MS = 1_000;

  /** An error is a sentence. */
  private static final int LONGEST_ERROR = 8 * 1024;

  private enum State {
    LISTENING,
    TAKEN,
    /** The session is elsewhere, or nowhere any more. */
    LEFT
  }

  private final Opening opening;
  private final Server server;
  private final ApiKeys.Key key;
  private final Opening.Wanted wanted;
  private State state = State.LISTENING;
  private Outcome.@Nullable Opened opened;
  private @Nullable Leg leg;
  private @Nullable ScheduledFuture<?> patience;

  FirstEventCheck(Opening opening, Server server, ApiKeys.Key key, Opening.Wanted wanted) {
    this.opening = opening;
    this.server = server;
    this.key = key;
    this.wanted = wanted;
  }

  /** The 101 is there. */
  void listen(Outcome.Opened answered) {
    opened = answered;
    leg = answered.upstream();
    patience = wanted.eventLoop().schedule(this::take, SILENCE_MS, TimeUnit.MILLISECONDS);
  }

  /** The session is over; nobody else reads with what reads this leg's messages. */
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

  /** Whether the session has gone on to another server. */
  private boolean turned(OpeningFault fault) {
    if (!opening.turnsFrom(server, key, fault, true)) {
      return false;
    }
    leave();
    opening.turnOn();
    return true;
  }

  /** Without a closing handshake: what reads this leg's messages is to read those of the next. */
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
