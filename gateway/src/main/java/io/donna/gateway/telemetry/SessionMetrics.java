package io.donna.gateway.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts sessions by what they are doing. Safe from any thread. */
public final class SessionMetrics {
  /** In milliseconds: a session may last a second or an hour. */
  private static final List<Integer> DURATIONS =
      List.of(1_000, 5_000, 15_000, 60_000, 180_000, 600_000, 1_800_000, 3_600_000);

  private record Place(String endpoint, String protocol, SessionState state) {}

  private final MeterRegistry registry;
  private final Map<Place, LongAdder> sessions = new ConcurrentHashMap<>();
  private final LongAdder ipv4;
  private final LongAdder ipv6;
  private final LabeledMeters<Counter> ends;
  private final LabeledMeters<Timer> durations;

  SessionMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.ipv4 = connections("ipv4");
    this.ipv6 = connections("ipv6");
    this.ends = LabeledMeters.counters(registry, "donna.session.ends", "reason");
    this.durations = LabeledMeters.timers(registry, "donna.session.duration", DURATIONS);
  }

  private LongAdder connections(String family) {
    LongAdder count = new LongAdder();
    Gauge.builder("donna.connections", count, LongAdder::sum)
        .tag("family", family)
        .register(registry);
    return count;
  }

  /** Records that a client has connected, by IPv6 or IPv4. */
  public void connected(boolean isIpv6) {
    (isIpv6 ? ipv6 : ipv4).increment();
  }

  public void disconnected(boolean isIpv6) {
    (isIpv6 ? ipv6 : ipv4).decrement();
  }

  /**
   * Records that a session enters a state.
   *
   * @param endpoint the endpoint's path, from the table of endpoints
   */
  public void entered(String endpoint, String protocol, SessionState state) {
    if (state != SessionState.ENDED) {
      count(endpoint, protocol, state).increment();
    }
  }

  /** Records that a session leaves a state that it has entered. */
  public void left(String endpoint, String protocol, SessionState state) {
    if (state != SessionState.ENDED) {
      count(endpoint, protocol, state).decrement();
    }
  }

  private LongAdder count(String endpoint, String protocol, SessionState state) {
    return sessions.computeIfAbsent(new Place(endpoint, protocol, state), this::register);
  }

  private LongAdder register(Place place) {
    LongAdder count = new LongAdder();
    Gauge.builder("donna.sessions", count, LongAdder::sum)
        .tag("endpoint", place.endpoint)
        .tag("protocol", place.protocol)
        .tag("state", place.state.label())
        .register(registry);
    return count;
  }

  /**
   * Records the end of a session.
   *
   * @param code the close code that the client was sent or has sent
   * @param byClient whether the client has sent it
   */
  public void ended(int code, boolean byClient, Duration length) {
    ends.of(byClient ? clientsReason(code) : reason(code)).increment();
    durations.of().record(length);
  }

  /** A client may send any code, such as those by which the gateway states its own reasons. */
  static String clientsReason(int code) {
    return switch (code) {
      case 1000, 1005 -> "normal"; // 1005: a close frame without a code
      case 1001 -> "gone";
      default -> "closed_by_client";
    };
  }

  /** The meaning of a close code of the gateway's, as docs/reference.md has it. */
  static String reason(int code) {
    return switch (code) {
      case 1000 -> "normal";
      case 1001 -> "gone";
      case 1002, 1003 -> "protocol_error";
      case 1007 -> "invalid_text";
      case 1006 -> "connection_lost";
      case 1008 -> "policy";
      case 1009 -> "message_too_big";
      case 1011 -> "upstream_failed";
      case 1012 -> "restart";
      case 1013 -> "try_again_later";
      case 3000 -> "unauthorized";
      case 4000 -> "model_not_allowed";
      case 4001 -> "authentication_timeout";
      case 4003 -> "authentication_failed";
      case 4008 -> "time_used_up";
      case 4029 -> "limit_reached";
      case 4030 -> "ended_by_operator";
      default -> Labels.OTHER;
    };
  }
}
