package io.donna.gateway.policy;

import io.donna.gateway.auth.User;
import io.donna.gateway.config.PolicySettings;
import io.donna.gateway.config.WatchedFiles;
import io.donna.gateway.config.policy.Policy;
import io.donna.gateway.config.policy.PolicyFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The policy that a gateway's sessions are held to, as its file has it now. A session keeps the
 * version that it began with; a version with mistakes in it is not taken. Safe from any thread.
 */
public final class Policies implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Policies.class);

  private final Path file;
  private final Spendings spendings;
  private final String usualModel;
  private final Places places = new Places();
  private final WatchedFiles watched;
  private volatile Policy policy;

  private Policies(PolicySettings settings, Spendings spendings, String usualModel) {
    this.file = settings.file();
    this.policy = settings.policy();
    this.spendings = spendings;
    this.usualModel = usualModel;
    this.watched = WatchedFiles.watch(List.of(file), this::reload);
  }

  /**
   * Begins with the policy that was read, and to watch its file.
   *
   * @param usualModel the model of sessions for which neither the client nor its tier names one
   */
  public static Policies start(PolicySettings settings, Spendings spendings, String usualModel) {
    return new Policies(settings, spendings, usualModel);
  }

  /** For a session that begins. */
  public PolicySession session(String id) {
    return new PolicySession(id, this);
  }

  /** What would become of {@code session} if {@code user} began it now. */
  public Preview preview(User user, ObjectNode session) {
    return Client.of(policy, Optional.of(user))
        .map(client -> Preview.of(client.tier(), session, usualModel))
        .orElseGet(() -> new Preview.Refused(Client.UNKNOWN_TIER));
  }

  Policy current() {
    return policy;
  }

  String usualModel() {
    return usualModel;
  }

  Places places() {
    return places;
  }

  Spendings spendings() {
    return spendings;
  }

  private void reload() {
    PolicyFile.Reading reading = PolicyFile.read(file);
    if (reading.policy().isPresent()) {
      policy = reading.policy().get();
      LOG.info("the policy was read again: tiers {}", policy.tiers().keySet());
    } else {
      LOG.error(
          "the new policy is not taken, the one before stays: {}",
          String.join("; ", reading.problems()));
    }
  }

  @Override
  public void close() {
    watched.close();
  }
}
