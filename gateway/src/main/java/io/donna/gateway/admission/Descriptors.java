package io.donna.gateway.admission;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * How the process's file descriptors are shared out, so that they are never used up: two a session,
 * of which the second is the upstream's; one a connection that is no WebSocket yet; and some for
 * name resolution, files and the health check.
 *
 * @param sessions the most sessions at once
 * @param pending the most connections at once that are no WebSocket yet
 */
public record Descriptors(int sessions, int pending) {
  private static final int RESERVE = 48;

  /** What an event loop takes for itself, and a little more. */
  private static final long RESERVE_A_PROCESSOR = 4L;

  /** Where descriptors are short, one in so many is for connections that are no WebSocket yet. */
  private static final int LOBBY_SHARE = 16;

  /** Where they are not, those have so many, however few sessions are asked for. */
  private static final int LOBBY_FLOOR = 1_000;

  /** The shares of this process where {@code wanted} sessions are asked for. */
  public static Descriptors share(int wanted) {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? share(
            wanted,
            system.getMaxFileDescriptorCount()
                - system.getOpenFileDescriptorCount()
                - RESERVE_A_PROCESSOR * Runtime.getRuntime().availableProcessors())
        : new Descriptors(wanted, Math.max(wanted, LOBBY_FLOOR));
  }

  static Descriptors share(int wanted, long free) {
    long available = Math.max(0, free - RESERVE);
    long pending =
        Math.min(
            Math.max(wanted, LOBBY_FLOOR),
            Math.max(available / LOBBY_SHARE, available - 2L * wanted));
    long sessions = Math.min(wanted, (available - pending) / 2);
    return new Descriptors((int) Math.max(1, sessions), (int) Math.max(1, pending));
  }
}
