package io.donna.gateway.admission;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * Divides the process's file descriptors so that they never run out: two per session, the second
 * for its upstream; one per connection that is not a WebSocket yet; and a reserve for name
 * resolution, files and the health check.
 *
 * @param sessions the most concurrent sessions
 * @param pending the most concurrent connections that are not WebSockets yet
 */
public record FileDescriptorBudget(int sessions, int pending) {
  private static final int RESERVE = 48;

  /** The descriptors of an event loop, and a few more. */
  private static final long RESERVE_A_PROCESSOR = 4L;

  /** If descriptors are short, pending connections get 1/16 of them. */
  private static final int PENDING_SHARE = 16;

  /** Otherwise, pending connections get at least this many, however few sessions are configured. */
  private static final int PENDING_FLOOR = 1_000;

  /** The division for this process with {@code wanted} configured sessions. */
  public static FileDescriptorBudget share(int wanted) {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? share(
            wanted,
            system.getMaxFileDescriptorCount()
                - system.getOpenFileDescriptorCount()
                - RESERVE_A_PROCESSOR * Runtime.getRuntime().availableProcessors())
        : new FileDescriptorBudget(wanted, Math.max(wanted, PENDING_FLOOR));
  }

  /** The descriptors that this process has open; -1 if the system does not tell. */
  public static long open() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? system.getOpenFileDescriptorCount()
        : -1;
  }

  /** The most that it may have open; -1 if the system does not tell. */
  public static long limit() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? system.getMaxFileDescriptorCount()
        : -1;
  }

  static FileDescriptorBudget share(int wanted, long free) {
    long available = Math.max(0, free - RESERVE);
    long pending =
        Math.min(
            Math.max(wanted, PENDING_FLOOR),
            Math.max(available / PENDING_SHARE, available - 2L * wanted));
    long sessions = Math.min(wanted, (available - pending) / 2);
    return new FileDescriptorBudget((int) Math.max(1, sessions), (int) Math.max(1, pending));
  }
}
