package io.donna.gateway.session;

import io.donna.gateway.auth.User;
import io.donna.gateway.realtime.Endable;
import java.util.Optional;

/** Who looks into one session, through all of its upstreams. Confined to its event loop. */
public interface SessionInspectors {
  /**
   * It is known whose session this is; it has no upstream yet.
   *
   * @param user empty where no authentication is configured
   */
  default void begin(Optional<User> user, Endable session) {}

  /**
   * Whether what the client says from its beginning on is shown to inspectors; it must then be
   * strict JSON, or is refused. Where nobody sees it, it is relayed as if there were none.
   */
  default boolean seeClient() {
    return false;
  }

  /**
   * A later token has renewed the session.
   *
   * @param user as all of its tokens together have it
   * @param model that its upstream is asked for; empty where it has none
   * @return why the session cannot go on so, in a sentence; nothing has changed then
   */
  default Optional<String> renew(User user, Optional<String> model) {
    return Optional.empty();
  }

  /** The client is to be connected; a session on {@code /realtime} may be several times. */
  UpstreamAdmission enter(ConnectRequest participant);

  /** The session is over. */
  default void over() {}
}
