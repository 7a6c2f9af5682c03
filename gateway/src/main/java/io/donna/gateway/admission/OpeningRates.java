package io.donna.gateway.admission;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.donna.gateway.config.UpstreamRateLimits;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * Rate limits on opening upstreams: per session, per user over all sessions, and per address. Every
 * attempt at a server counts, as each is a connection with the operator's key. Safe from any
 * thread.
 */
public final class OpeningRates {
  /** The openings of one session. Confined to its event loop. */
  public final class Session {
    private final RateBucket bucket = new RateBucket(nanoTime.getAsLong());
    private final long address;
    private OptionalLong user = OptionalLong.empty();

    private Session(ClientAddress client) {
      this.address = addresses.key(client.limitKey());
    }

    /** Sets the user; before that, and without users, only session and address are limited. */
    public void setUser(String id) {
      user = OptionalLong.of(users.key(id.getBytes(UTF_8)));
    }

    /**
     * Takes one opening if session, user and address all have one left.
     *
     * @return zero, or how long to wait
     */
    public Duration take() {
      long now = nanoTime.getAsLong();
      long wait = bucket.waitFor(limits.perSession(), now);
      if (wait <= 0 && user.isPresent()) {
        wait = users.take(user.getAsLong());
      }
      // Last, so that a client over its own limits does not use up the rate of its neighbours.
      if (wait <= 0) {
        wait = addresses.take(address);
        if (wait <= 0) {
          bucket.take(limits.perSession(), now);
        } else if (user.isPresent()) {
          users.giveBack(user.getAsLong());
        }
      }
      return Duration.ofNanos(Math.max(0, wait));
    }

    /**
     * An upstream did not open, or closed soon. After the second consecutive failure of a session,
     * it must wait; after that of a user, or without users of an address, all sessions of it.
     */
    public void failed() {
      long now = nanoTime.getAsLong();
      bucket.failed(limits.backOff(), now);
      if (user.isPresent()) {
        users.failed(user.getAsLong());
      } else {
        addresses.failed(address);
      }
    }

    /** An upstream stayed open. */
    public void succeeded() {
      bucket.succeeded();
      if (user.isPresent()) {
        users.succeeded(user.getAsLong());
      } else {
        addresses.succeeded(address);
      }
    }
  }

  private final UpstreamRateLimits limits;
  private final LongSupplier nanoTime;
  private final RateBuckets users;
  private final RateBuckets addresses;

  public OpeningRates(UpstreamRateLimits limits) {
    this(limits, System::nanoTime);
  }

  OpeningRates(UpstreamRateLimits limits, LongSupplier nanoTime) {
    this.limits = limits;
    this.nanoTime = nanoTime;
    this.users = new RateBuckets(limits.perUser(), limits.backOff(), nanoTime);
    this.addresses = new RateBuckets(limits.perAddress(), limits.backOff(), nanoTime);
  }

  /** The limits of a new session. */
  public Session session(ClientAddress client) {
    return new Session(client);
  }
}
