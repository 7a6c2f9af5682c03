package io.donna.gateway.auth;

import com.nimbusds.jose.JWSAlgorithm;
import io.donna.gateway.config.AuthSettings;
import io.donna.gateway.config.PublicKeySettings;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;

/** The configured keys that verify tokens, for the lifetime of a gateway. Safe from any thread. */
public final class TokenKeys implements AutoCloseable {
  private final KeySet own;
  private final Revocations revocations;
  private final Optional<KeySetDownload> download;
  private final Optional<RemoteKeySet> remote;
  private final LateChecks late = new LateChecks();

  /**
   * Reads the key file and starts fetching the key set.
   *
   * @param blocking runs blocking tasks
   * @throws IOException when the key file cannot be used
   */
  public TokenKeys(AuthSettings settings, Revocations revocations, Executor blocking)
      throws IOException {
    this.revocations = revocations;
    this.own = ownKeys(settings);
    this.download = download(settings.publicKeys());
    this.remote =
        download.map(source -> new RemoteKeySet(source, RemoteKeySet.Pace.USUAL, blocking));
  }

  private static KeySet ownKeys(AuthSettings settings) throws IOException {
    List<VerificationKey> keys =
        new ArrayList<>(settings.secrets().stream().map(VerificationKey::ofSecret).toList());
    if (settings.publicKeys().file().isPresent()) {
      keys.addAll(PublicKeyFile.read(settings.publicKeys().file().get()).keys());
    }
    return new KeySet(List.copyOf(keys));
  }

  private static Optional<KeySetDownload> download(PublicKeySettings settings) {
    return settings
        .setUrl()
        .map(KeySetDownload::at)
        .or(() -> settings.issuer().map(KeySetDownload::of));
  }

  public TokenVerifier verifier(AuthSettings settings, Clock clock) {
    return new TokenVerifier(own, remote, settings.rules(), revocations, late, clock);
  }

  /** Whether there is a key to verify tokens with; true where none is configured. */
  public boolean arePresent() {
    return !own.keys().isEmpty() || remote.map(set -> !set.keys().keys().isEmpty()).orElse(true);
  }

  /**
   * Fetches the key set, if one is configured, and describes it. Blocks for a few seconds at most.
   *
   * @throws IOException when it cannot be fetched; the message says why
   */
  public Optional<String> tryKeySet() throws IOException {
    if (download.isEmpty()) {
      return Optional.empty();
    }
    KeySet fetched = download.get().fetch();
    List<VerificationKey> keys = fetched.keys();
    String names =
        keys.stream()
            .flatMap(key -> key.algorithms().stream())
            .map(JWSAlgorithm::getName)
            .distinct()
            .sorted()
            .collect(Collectors.joining(", "));
    return Optional.of(
        "Key set: %d %s for %s.%s"
            .formatted(
                keys.size(),
                keys.size() == 1 ? "key" : "keys",
                names,
                fetched.leftOut() == 0
                    ? ""
                    : " " + fetched.leftOut() + " more cannot verify tokens."));
  }

  @Override
  public void close() {
    remote.ifPresent(RemoteKeySet::close);
    download.ifPresent(KeySetDownload::close);
    late.close();
  }
}
