package io.donna.simulator.input;

import io.donna.simulator.protocol.Events;
import io.donna.simulator.protocol.SessionFault;
import tools.jackson.databind.node.ObjectNode;

/** A transcript that is billed by the second. */
public record DurationUsage(Events events) implements InputTranscript.Details {
  @Override
  public void delta(ObjectNode event, String text) {
    // A delta has no further fields.
  }

  @Override
  public void completed(ObjectNode event, String transcript, long millis) {
    if (!events.has(SessionFault.NO_USAGE)) {
      event.putObject("usage").put("type", "duration").put("seconds", Math.ceilDiv(millis, 1_000));
    }
  }
}
