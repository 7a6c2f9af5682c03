package io.donna.gateway.session;

/** Who looks into one session, through all of its upstreams. Confined to its event loop. */
public interface SessionInspectors {
  /** The client is to be connected; a session on {@code /realtime} may be several times. */
  Entry enter(Participant participant);

  /** The session is over. */
  default void over() {}
}
