package io.donna.gateway.session;

import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.auth.ResumeTokens;
import io.donna.gateway.auth.User;
import io.donna.gateway.cluster.Cluster;
import io.donna.gateway.config.Api;
import io.donna.gateway.config.ModelAliases;
import io.donna.gateway.config.Settings;
import io.donna.gateway.config.UpstreamSettings;
import io.donna.gateway.config.WatchedFiles;
import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.event.Endable;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.guard.GuardContext;
import io.donna.gateway.guard.Guards;
import io.donna.gateway.metering.Bill;
import io.donna.gateway.metering.BudgetTerms;
import io.donna.gateway.metering.Metering;
import io.donna.gateway.metering.Payer;
import io.donna.gateway.policy.Policies;
import io.donna.gateway.policy.PolicyAdmission;
import io.donna.gateway.policy.PolicySession;
import io.donna.gateway.policy.Preview;
import io.donna.gateway.policy.SpendingSource;
import io.donna.gateway.protocol.ConnectionTerms;
import io.donna.gateway.protocol.Opening;
import io.donna.gateway.protocol.Protocol;
import io.donna.gateway.telemetry.GuardMetrics;
import io.donna.gateway.upstream.Target;
import io.donna.gateway.websocket.HeldBytes;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import tools.jackson.databind.node.ObjectNode;

/**
 * Creates the inspectors of each session as configured: policy, guards and meter. Safe from any
 * thread.
 */
public final class InspectorFactory implements Inspectors, AutoCloseable {
  private final Policies policies;
  private final Optional<Guards> guards;
  private final SecurityLog log;

  /** The model requested if neither client nor policy names one. */
  private final String defaultModel;

  private final ModelAliases aliases;

  /** Whether nobody but OpenAI is told whose session it is. */
  private final boolean isOpenAi;

  /**
   * The factory of one gateway.
   *
   * @param watched reloads the policy file on change
   * @param metrics receives the guards' judgements
   * @param cluster counts sessions together with other replicas
   */
  public InspectorFactory(
      Settings settings,
      Metering metering,
      HeldBytes held,
      SecurityLog log,
      WatchedFiles watched,
      GuardMetrics metrics,
      Cluster cluster,
      Clock clock) {
    this.guards =
        settings
            .policy()
            .map(policy ->
                new Guards(
                    policy.webhookSecret(),
                    clock,
                    held,
                    settings.session().instructions().map(Set::of).orElse(Set.of()),
                    metrics));
    this.log = log;
    this.aliases = settings.modelAliases();
    this.isOpenAi =
        settings.upstreams().stream()
            .allMatch(server -> server.kind() == UpstreamSettings.Kind.OPENAI);
    this.defaultModel = settings.upstreams().getFirst().model();
    this.policies =
        Policies.start(
            settings.policy(),
            spendingOf(metering),
            defaultModel,
            named -> settings.upstreams().stream().map(server -> server.modelFor(named)).toList(),
            aliases,
            cluster,
            watched);
  }

  private static SpendingSource spendingOf(Metering metering) {
    return new SpendingSource() {
      @Override
      public Spent spent(Budget.Per per, String name, Budget.Window window) {
        var spent = metering.ledger().spent(per, name, window);
        return new Spent(spent.tokens(), spent.cost());
      }

      @Override
      public void watch(Budget budget, String name) {
        metering.watch(budget, name);
      }

      @Override
      public void unwatch(Budget budget, String name) {
        metering.unwatch(budget, name);
      }

      @Override
      public CompletionStage<Void> look(Budget.Per per, String name) {
        return metering.look(per, name);
      }
    };
  }

  @Override
  public SessionInspectors open(String id) {
    return new OfSession(id, policies.session(id));
  }

  /** The effect of the policy on {@code session} if {@code user} started it now. */
  public Preview preview(User user, Api api, ObjectNode session) {
    return policies.preview(user, api, session);
  }

  /** How much of its budget each tier has used: 0 to 1. */
  public Map<String, Double> usedByTier() {
    return policies.usedByTier();
  }

  /** The models that the policy names. */
  public Set<String> namedModels() {
    return policies.namedModels();
  }

  @Override
  public void close() {
    guards.ifPresent(Guards::close);
  }

  private final class OfSession implements SessionInspectors {
    private final String id;
    private final PolicySession policy;

    OfSession(String id, PolicySession policy) {
      this.id = id;
      this.policy = policy;
    }

    @Override
    public CompletionStage<Void> begin(
        Optional<User> user, Optional<ResumeTokens.Progress> progress, Endable session) {
      return policy.begin(user, progress.map(ResumeTokens.Progress::age), session);
    }

    @Override
    public Duration age() {
      return policy.age();
    }

    @Override
    public boolean seeClient() {
      return policy.seesClient() || !aliases.isEmpty();
    }

    @Override
    public UpstreamAdmission enter(ConnectRequest request) {
      Protocol protocol = request.protocol();
      return switch (policy.enter(protocol.api(), request.target().model())) {
        case PolicyAdmission.Refused(String error, var close) ->
            new UpstreamAdmission.Refused(error, close);
        case PolicyAdmission.Admitted(var model, var inspector) -> {
          Bill bill = request.bill();
          policy.tierName().ifPresent(tier -> bill.setPayer(payer(request.user(), tier)));
          boolean isNamedByEvent = protocol.modelEvent().isPresent();
          List<Inspector> chain =
              protocol
                  .inspectors()
                  .judging(
                      new ConnectionTerms(
                          aliases,
                          policy,
                          inspector,
                          guards,
                          policy.tier(),
                          judged(request),
                          bill,
                          request.safetyIdentifier().filter(any -> isOpenAi),
                          isNamedByEvent ? "" : model.orElse(defaultModel),
                          new BudgetTerms(
                              policy::budgets,
                              policy.tier().gatesTurns(),
                              protocol.isStrict() || policy.seesClient())));
          String path = request.target().path();
          yield new UpstreamAdmission.Admitted(
              switch (protocol.opening()) {
                case Opening.ByModel _ -> Target.ofModel(path, model, policy::allows);
                case Opening.ByIntent(String intent, var event) -> Target.ofIntent(path, intent);
                case Opening.ByFirstMessage _ -> Target.ofFirstMessage(path);
              },
              chain);
        }
      };
    }

    @Override
    public Optional<String> renew(User user, Optional<String> running) {
      return policy.renew(user, running);
    }

    private GuardContext judged(ConnectRequest request) {
      return new GuardContext(
          request.account(),
          request.ip(),
          request.user().map(User::id).orElse("unknown"),
          id,
          log.ofSession(id));
    }

    /** The payer of a session under a policy, which assigns a tier to every client. */
    private Payer payer(Optional<User> user, String tier) {
      Optional<String> spends = Optional.of(tier);
      return user.map(known -> new Payer(known.id(), known.grants().tenant(), spends))
          .orElseGet(() -> Payer.anonymous(spends));
    }

    @Override
    public void over() {
      policy.over();
    }
  }
}
