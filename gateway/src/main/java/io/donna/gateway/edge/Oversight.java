package io.donna.gateway.edge;

import io.donna.gateway.config.Settings;
import io.donna.gateway.policy.Admission;
import io.donna.gateway.policy.Policies;
import io.donna.gateway.policy.PolicySession;
import io.donna.gateway.policy.Spendings;
import io.donna.gateway.realtime.Inspector;
import io.donna.gateway.session.Entry;
import io.donna.gateway.session.Inspectors;
import io.donna.gateway.session.Participant;
import io.donna.gateway.session.SessionInspectors;
import io.donna.gateway.upstream.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Names who looks into sessions, by what the settings ask for. Safe from any thread. */
final class Oversight implements Inspectors, AutoCloseable {
  private final Optional<Policies> policies;

  Oversight(Settings settings) {
    Spendings spendings = (per, name, window) -> Spendings.Spent.NOTHING;
    this.policies = settings.policy().map(policy -> Policies.start(policy, spendings));
  }

  @Override
  public boolean seeClients() {
    return policies.isPresent();
  }

  @Override
  public boolean seeUpstreams() {
    return policies.isPresent();
  }

  @Override
  public SessionInspectors open(String id) {
    return new OfSession(policies.map(governing -> governing.session(id)));
  }

  @Override
  public void close() {
    policies.ifPresent(Policies::close);
  }

  private record OfSession(Optional<PolicySession> policy) implements SessionInspectors {
    @Override
    public Entry enter(Participant participant) {
      Target target = participant.target();
      List<Inspector> row = new ArrayList<>();
      if (policy.isPresent()) {
        switch (policy.get().enter(participant.user(), target.model())) {
          case Admission.Refused(String error, var close) -> {
            return new Entry.Refused(error, close);
          }
          case Admission.Admitted(var model, Inspector inspector) -> {
            target = new Target(target.path(), model);
            row.add(inspector);
          }
        }
      }
      return new Entry.Admitted(target, row);
    }

    @Override
    public void over() {
      policy.ifPresent(PolicySession::over);
    }
  }
}
