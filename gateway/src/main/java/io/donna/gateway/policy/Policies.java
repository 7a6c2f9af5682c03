package io.donna.gateway.policy;

import io.donna.gateway.auth.User;
import io.donna.gateway.config.PolicySettings;
import io.donna.gateway.config.WatchedFiles;
import io.donna.gateway.config.policy.Policy;
import io.donna.gateway.config.policy.PolicyFile;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The policy that a gateway's sessions are held to, as its file has it now; where there is no file,
 * to what their tokens say. A session keeps the version that it began with; a version with mistakes
 * in it is not taken. Safe from any thread.
 */
public final class Policies {
  private static final Logger LOG = LoggerFactory.getLogger(Policies.class);

  private final SpendingSource spendings;
  private final String usualModel;
  private final Function<Optional<String>, List<String>> asked;
  private final SessionCounts places = new SessionCounts();
  private volatile Optional<Policy> policy;

  private Policies(
      Optional<Policy> policy,
      SpendingSource spendings,
      String usualModel,
      Function<Optional<String>, List<String>> asked) {
    this.policy = policy;
    this.spendings = spendings;
    this.usualModel = usualModel;
    this.asked = asked;
  }

  /**
   * Begins with the policy that was read, and follows its file.
   *
   * @param settings empty where there is no policy
   * @param usualModel the model of sessions for which neither the client nor its tier names one
   * @param asked what each of the servers would be asked for where a client names this model
   */
  public static Policies start(
      Optional<PolicySettings> settings,
      SpendingSource spendings,
      String usualModel,
      Function<Optional<String>, List<String>> asked,
      WatchedFiles watched) {
    Policies policies =
        new Policies(settings.map(PolicySettings::policy), spendings, usualModel, asked);
    settings.ifPresent(known ->
        watched.watch(
            "POLICY_FILE", List.of(known.file()), contents -> policies.take(contents.getFirst())));
    return policies;
  }

  /** For a session that begins. */
  public PolicySession session(String id) {
    return new PolicySession(id, this);
  }

  /** What would become of {@code session} if {@code user} began it now. */
  public Preview preview(User user, ObjectNode session) {
    return PolicySubject.of(policy, Optional.of(user))
        .map(client -> Preview.of(client.tier(), session, usualModel))
        .orElseGet(() -> new Preview.Refused(PolicySubject.UNKNOWN_TIER));
  }

  Optional<Policy> current() {
    return policy;
  }

  String usualModel() {
    return usualModel;
  }

  /** What the servers would be asked for where a client names {@code model}. */
  Stream<String> asked(Optional<String> model) {
    return asked.apply(model).stream();
  }

  SessionCounts places() {
    return places;
  }

  SpendingSource spendings() {
    return spendings;
  }

  private void take(byte[] yaml) throws IOException {
    PolicyFile.Reading reading = PolicyFile.read(yaml);
    Policy read =
        reading.policy().orElseThrow(() -> new IOException(String.join("; ", reading.problems())));
    if (!policy.equals(Optional.of(read))) {
      policy = Optional.of(read);
      LOG.info("POLICY_FILE reloaded: tiers {}", read.tiers().keySet());
    }
  }
}
