package io.donna.gateway.session;

import io.donna.gateway.calls.TurnView;
import java.util.List;

/**
 * A session with its latest turns, oldest first. Immutable.
 *
 * @param turns fewer than the session has had, if it has had many
 */
public record SessionDetail(SessionSnapshot session, List<TurnView> turns) {
  public SessionDetail {
    turns = List.copyOf(turns);
  }
}
