package io.donna.gateway.admission;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.donna.gateway.config.OpeningLimits;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * How often upstreams are opened: by one session, by one user over all of its sessions, and from
 * one address. Every try at a server counts, as each is a connection on the operator's key. Safe
 * from any thread.
 */
public final class OpeningRates {
  /** The openings of one session. Confined to its event loop. */
  public final class Session {
    private final RateBucket pace = new RateBucket(nanoTime.getAsLong());
    private final long address;
    private OptionalLong user = OptionalLong.empty();

    private Session(ClientAddress client) {
      this.address = addresses.key(client.limitKey());
    }

    /** It is known whose session this is; until then, and without users, it is its address's. */
    public void setUser(String id) {
      user = OptionalLong.of(users.key(id.getBytes(UTF_8)));
    }

    /**
     * Takes one opening where session, user and address all have one left.
     *
     * @return zero; or how long to wait for it
     */
    public Duration take() {
      long now = nanoTime.getAsLong();
      long wait = pace.waitFor(limits.perSession(), now);
      if (wait <= 0 && user.isPresent()) {
        wait = users.take(user.getAsLong(), now);
      }
      // Last, so that who is refused for what it did itself takes nothing from its neighbours.
      if (wait <= 0) {
        wait = addresses.take(address, now);
      }
      if (wait <= 0) {
        pace.take(limits.perSession(), now);
      }
      return Duration.ofNanos(Math.max(0, wait));
    }

    /**
     * An upstream did not open, or ended soon: after the second time in a row the user rests; where
     * there are no users, the address does.
     */
    public void failed() {
      long now = nanoTime.getAsLong();
      pace.failed(limits.backOff(), now);
      if (user.isPresent()) {
        users.failed(user.getAsLong(), now);
      } else {
        addresses.failed(address, now);
      }
    }

    /** An upstream has lasted. */
    public void succeeded() {
      long now = nanoTime.getAsLong();
      pace.succeeded();
      if (user.isPresent()) {
        users.succeeded(user.getAsLong(), now);
      } else {
        addresses.succeeded(address, now);
      }
    }
  }

  private final OpeningLimits limits;
  private final LongSupplier nanoTime;
  private final RateBuckets users;
  private final RateBuckets addresses;

  public OpeningRates(OpeningLimits limits) {
    this(limits, System::nanoTime);
  }

  OpeningRates(OpeningLimits limits, LongSupplier nanoTime) {
    this.limits = limits;
    this.nanoTime = nanoTime;
    this.users = new RateBuckets(limits.perUser(), limits.backOff());
    this.addresses = new RateBuckets(limits.perAddress(), limits.backOff());
  }

  /** For a session that begins. */
  public Session session(ClientAddress client) {
    return new Session(client);
  }
}
