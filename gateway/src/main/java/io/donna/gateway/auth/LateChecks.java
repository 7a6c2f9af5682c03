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
 * Verifies signatures that take too long for an event loop: on half of the processors, with a
 * bounded queue. Caches the signer, so that the same token, presented again, is verified at once.
 * Safe from any thread.
 */
final class LateChecks implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LateChecks.class);

  /** Some seconds of work, as long as a client waits. */
  private static final int MOST_WAITING = 256;

  /** Only validly signed tokens are cached, so that a stranger cannot fill the cache. */
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

  /** The cached signer of the candidates' token. */
  Optional<VerificationKey> remembered(Candidates candidates) {
    return Optional.ofNullable(signers.get(digest(candidates.token())))
        // Excludes a key that has been withdrawn or fetched anew since.
        .filter(candidates.keys()::contains);
  }

  /**
   * Finds the signer in the background.
   *
   * @return empty if the queue is full
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

  /** The digest of the signed bytes and the signature. */
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
