package io.donna.gateway.auth;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks signatures that take longer than an event loop should be held up: on half of the
 * processors, and a bounded number at a time. A signer that was found is remembered, so that the
 * same token, shown again, is answered at once. Safe from any thread.
 */
final class LateChecks implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LateChecks.class);

  /** Some seconds of work, which is as long as a client waits. */
  private static final int MOST_WAITING = 256;

  /** Only tokens that a key of ours signed are remembered: nobody else can fill this. */
  private static final int MOST_REMEMBERED = 1_024;

  private static final Duration IDLE = Duration.ofSeconds(10);

  private final ThreadPoolExecutor threads;

  private final Map<String, VerificationKey> signers =
      Collections.synchronizedMap(
          new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, VerificationKey> eldest) {
              return size() > MOST_REMEMBERED;
            }
          });

  LateChecks() {
    int most = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    this.threads =
        new ThreadPoolExecutor(
            most,
            most,
            IDLE.toMillis(),
            TimeUnit.MILLISECONDS,
            new ArrayBlockingQueue<>(MOST_WAITING),
            task -> Thread.ofPlatform().name("token-check").daemon().unstarted(task));
    threads.allowCoreThreadTimeOut(true);
  }

  /** The one of {@code candidates} that is known to have signed their token. */
  Optional<VerificationKey> remembered(Candidates candidates) {
    return Optional.ofNullable(signers.get(digest(candidates.token())))
        // A key that has been withdrawn since, or was fetched anew, is none of these.
        .filter(candidates.keys()::contains);
  }

  /**
   * Looks for the signer.
   *
   * @return empty where too many look for theirs already
   */
  Optional<CompletionStage<Optional<VerificationKey>>> signer(Candidates candidates) {
    CompletableFuture<Optional<VerificationKey>> signer = new CompletableFuture<>();
    try {
      threads.execute(() -> find(candidates, signer));
      return Optional.of(signer);
    } catch (RejectedExecutionException full) {
      return Optional.empty();
    }
  }

  private void find(Candidates candidates, CompletableFuture<Optional<VerificationKey>> signer) {
    try {
      Optional<VerificationKey> found = candidates.signer();
      found.ifPresent(key -> signers.put(digest(candidates.token()), key));
      signer.complete(found);
    } catch (RuntimeException | Error fault) {
      LOG.error("token not verified: internal error", fault);
      signer.complete(Optional.empty());
    }
  }

  /** Of all that the signature covers, and of the signature. */
  private static String digest(Jws token) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(token.signed());
      digest.update((byte) '.');
      return HexFormat.of().formatHex(digest.digest(token.signature()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
