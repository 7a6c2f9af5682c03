package io.donna.gateway.edge;

import io.donna.gateway.realtime.Inspector;
import io.donna.gateway.session.Inspectors;
import io.donna.gateway.session.Participant;
import java.util.List;

/** Who looks into a gateway's sessions, from the client to the upstream: the meter. */
final class Watch implements Inspectors {
  private final String defaultModel;

  Watch(String defaultModel) {
    this.defaultModel = defaultModel;
  }

  @Override
  public boolean seeClients() {
    return false;
  }

  @Override
  public boolean seeUpstreams() {
    return true;
  }

  @Override
  public List<Inspector> of(Participant participant) {
    String model = participant.target().model().orElse(defaultModel);
    return List.of(participant.bill().meter(model));
  }
}
