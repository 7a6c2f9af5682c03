package io.donna.gateway.policy;

import io.donna.gateway.auth.User;
import io.donna.gateway.cluster.Cluster;
import io.donna.gateway.cluster.Places;
import io.donna.gateway.config.Api;
import io.donna.gateway.config.ModelAliases;
import io.donna.gateway.config.PolicySettings;
import io.donna.gateway.config.WatchedFiles;
import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.config.policy.Policy;
import io.donna.gateway.config.policy.PolicyFile;
import io.donna.gateway.config.policy.SessionField;
import io.donna.gateway.config.policy.Tier;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Holds the current policy and reloads it when its file changes. Without a file, tokens alone
 * decide. A session keeps the version it began with; a version with mistakes is not loaded. Safe
 * from any thread.
 */
public final class Policies {
  private static final Logger LOG = LoggerFactory.getLogger(Policies.class);

  private final SpendingSource spending;
  private final String defaultModel;
  private final Function<Optional<String>, List<String>> resolvedModels;
  private final ModelAliases aliases;
  private final Places<String> places;
  private volatile Optional<Policy> policy;

  private Policies(
      Optional<Policy> policy,
      SpendingSource spending,
      String defaultModel,
      Function<Optional<String>, List<String>> resolvedModels,
      ModelAliases aliases,
      Cluster cluster) {
    this.places = new Places<>(cluster, Function.identity());
    this.policy = policy;
    this.spending = spending;
    this.defaultModel = defaultModel;
    this.resolvedModels = resolvedModels;
    this.aliases = aliases;
  }

  /**
   * Starts with the policy that was read, and watches its file.
   *
   * @param settings empty if there is no policy
   * @param defaultModel the model of sessions for which neither the client nor its tier names one
   * @param resolvedModels the models that the servers would be asked for, one each, when a client
   *     names this model
   * @param aliases what the names of models in the file mean
   * @param cluster counts sessions together with other replicas
   */
  public static Policies start(
      Optional<PolicySettings> settings,
      SpendingSource spending,
      String defaultModel,
      Function<Optional<String>, List<String>> resolvedModels,
      ModelAliases aliases,
      Cluster cluster,
      WatchedFiles watched) {
    Policies policies =
        new Policies(
            settings.map(PolicySettings::policy),
            spending,
            defaultModel,
            resolvedModels,
            aliases,
            cluster);
    settings.ifPresent(known ->
        watched.watch(
            "POLICY_FILE", List.of(known.file()), contents -> policies.take(contents.getFirst())));
    return policies;
  }

  /** The policy state of a new session. */
  public PolicySession session(String id) {
    return new PolicySession(id, this);
  }

  /** The result if {@code user} began {@code session} now. */
  public Preview preview(User user, Api api, ObjectNode session) {
    return PolicySubject.of(policy, Optional.of(user))
        .map(subject -> Preview.of(subject.tier(), api, session, defaultModel))
        .orElseGet(() -> new Preview.Refused(PolicySubject.UNKNOWN_TIER));
  }

  /** By the name of each tier with a budget of its own, how much of that it has used: 0 to 1. */
  public Map<String, Double> usedByTier() {
    Map<String, Double> used = new TreeMap<>();
    policy.ifPresent(known ->
        known
            .tiers()
            .forEach((name, tier) ->
                tier.budgets().stream()
                    .filter(budget -> budget.per() == Budget.Per.TIER)
                    .mapToDouble(budget -> usedRatio(budget, name))
                    .max()
                    .ifPresent(most -> used.put(name, most))));
    return used;
  }

  /** The models that the tiers name, for sessions and for transcription. */
  public Set<String> namedModels() {
    Set<String> named = new TreeSet<>();
    policy.ifPresent(known -> known.tiers().values().forEach(tier -> addModels(tier, named)));
    return named;
  }

  private static void addModels(Tier tier, Set<String> named) {
    tier.models().allowed().ifPresent(named::addAll);
    tier.models().fallback().ifPresent(named::add);
    tier.transcriptionModels().ifPresent(named::addAll);
    if (tier.needsTranscripts()) {
      named.add(tier.guards().transcriptionModel());
    }
    String transcription = SessionField.TRANSCRIPTION.path();
    Stream.of(tier.session().locked(), tier.session().defaults())
        .flatMap(fields -> Optional.ofNullable(fields.get(transcription)).stream())
        .map(field -> field.path("model").asString(""))
        .filter(model -> !model.isEmpty())
        .forEach(named::add);
  }

  private double usedRatio(Budget budget, String tier) {
    SpendingSource.Spent spent = spending.spent(Budget.Per.TIER, tier, budget.window());
    double tokens = budget.tokens().map(most -> (double) spent.tokens() / most).orElse(0.0);
    double usd =
        budget.usd().map(most -> spent.usd().doubleValue() / most.doubleValue()).orElse(0.0);
    return Math.clamp(Math.max(tokens, usd), 0, 1);
  }

  Optional<Policy> current() {
    return policy;
  }

  String defaultModel() {
    return defaultModel;
  }

  /** The models that the servers would be asked for if a client names {@code model}. */
  Stream<String> resolvedModels(Optional<String> model) {
    return resolvedModels.apply(model).stream();
  }

  /** The places of sessions, by user and by tier. */
  Places<String> places() {
    return places;
  }

  SpendingSource spending() {
    return spending;
  }

  private void take(byte[] yaml) throws IOException {
    PolicyFile.Reading reading = PolicyFile.read(yaml, aliases);
    Policy read =
        reading.policy().orElseThrow(() -> new IOException(String.join("; ", reading.problems())));
    if (!policy.equals(Optional.of(read))) {
      policy = Optional.of(read);
      LOG.info("POLICY_FILE reloaded: tiers {}", read.tiers().keySet());
    }
  }
}
