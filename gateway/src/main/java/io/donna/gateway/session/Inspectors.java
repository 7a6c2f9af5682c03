package io.donna.gateway.session;

import io.donna.gateway.realtime.Inspector;
import java.util.List;

/**
 * Who looks into a gateway's sessions. Where nobody sees what one side says, it is relayed as if
 * there were no inspectors at all. Safe from any thread.
 */
public interface Inspectors {
  /** Nobody looks into anything. */
  Inspectors NONE =
      new Inspectors() {
        @Override
        public boolean seeClients() {
          return false;
        }

        @Override
        public boolean seeUpstreams() {
          return false;
        }

        @Override
        public List<Inspector> of(Participant participant) {
          return List.of();
        }
      };

  /**
   * Whether what clients say is shown to inspectors; it must then be strict JSON, or is refused.
   */
  boolean seeClients();

  /** Whether what upstreams say is shown to inspectors. */
  boolean seeUpstreams();

  /** Inspectors for one client and one upstream of its, in their row from the one to the other. */
  List<Inspector> of(Participant participant);
}
