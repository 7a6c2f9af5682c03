package io.donna.gateway.admin;

import io.donna.gateway.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * The browsers in which operators are signed in. An id is random and kept as its digest only. A
 * sign-in ends after eight hours, after an hour without a request, and with the process. Safe from
 * any thread.
 */
final class CookieSessions {
  static final Duration LONGEST = Duration.ofHours(8);
  static final Duration IDLE = Duration.ofHours(1);
  private static final int MOST = 1_000;

  /** Of one operator: a viewer who signs in over and over must not sign the others out. */
  static final int MOST_OF_ONE = 20;

  private static final int ID_BYTES = 32;

  private record SignIn(Operator operator, long until, long idleAt) {}

  private final LongSupplier nanoTime;
  private final SecureRandom random = new SecureRandom();
  private final Lock lock = new ReentrantLock();
  private final Map<String, SignIn> signIns =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, SignIn> eldest) {
          return size() > MOST;
        }
      };

  CookieSessions(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Begins a sign-in, and returns its id for the cookie. */
  Secret begin(Operator operator) {
    byte[] bytes = new byte[ID_BYTES];
    random.nextBytes(bytes);
    Secret id = new Secret(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    long now = nanoTime.getAsLong();
    lock.lock();
    try {
      makeRoomFor(operator);
      signIns.put(
          digest(id.value()), new SignIn(operator, now + LONGEST.toNanos(), now + IDLE.toNanos()));
    } finally {
      lock.unlock();
    }
    return id;
  }

  /** Ends the operator's oldest sign-in if it has as many as it may. */
  private void makeRoomFor(Operator operator) {
    List<String> own =
        signIns.entrySet().stream()
            .filter(entry -> entry.getValue().operator.name().equals(operator.name()))
            .map(Map.Entry::getKey)
            .toList();
    if (own.size() >= MOST_OF_ONE) {
      signIns.remove(own.getFirst());
    }
  }

  /**
   * Who is signed in.
   *
   * @param use whether this counts as a request of the operator's
   */
  Optional<Operator> find(String id, boolean use) {
    String key = digest(id);
    long now = nanoTime.getAsLong();
    lock.lock();
    try {
      SignIn found = signIns.get(key);
      if (found == null) {
        return Optional.empty();
      }
      if (found.until - now <= 0 || found.idleAt - now <= 0) {
        signIns.remove(key);
        return Optional.empty();
      }
      if (use) {
        signIns.put(key, new SignIn(found.operator, found.until, now + IDLE.toNanos()));
      }
      return Optional.of(found.operator);
    } finally {
      lock.unlock();
    }
  }

  void end(String id) {
    lock.lock();
    try {
      signIns.remove(digest(id));
    } finally {
      lock.unlock();
    }
  }

  private static String digest(String id) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
