package io.donna.gateway.audit;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The fields of a line by their names in the Elastic Common Schema, which stand behind the line's
 * own keys in JSON. Confined to the thread that writes the line.
 */
public final class EcsFields {
  /** The version of the schema; every field below is older. */
  static final String VERSION = "8.17.0";

  private static final String SERVICE = "donna";

  private final Map<String, Object> fields = new LinkedHashMap<>();

  private EcsFields() {}

  /**
   * What every line has.
   *
   * @param time in UTC (ISO 8601)
   */
  public static EcsFields of(String time, String level, String logger) {
    return new EcsFields()
        .with("@timestamp", time)
        .with("log.level", level)
        .with("log.logger", logger)
        .with("ecs.version", VERSION)
        .with("service.name", SERVICE);
  }

  public EcsFields with(String name, Object value) {
    fields.put(name, value);
    return this;
  }

  public Map<String, Object> asMap() {
    return Collections.unmodifiableMap(fields);
  }

  private EcsFields with(String name, Optional<String> value) {
    value.ifPresent(text -> fields.put(name, text));
    return this;
  }

  EcsFields withOperations(String event) {
    return with("event.kind", "metric")
        .with("event.category", List.of("process"))
        .with("event.type", List.of("info"))
        .with("event.action", event);
  }

  EcsFields with(SecurityEvent event) {
    SecurityEvent own = event.unwrapped();
    event.type().classify(this);
    if (!event.ip().equals(MaskedAddress.NONE)) {
      with("client.address", event.ip().text()).with("client.ip", event.ip().network());
    }
    return withDetails(own);
  }

  private EcsFields withDetails(SecurityEvent own) {
    return switch (own) {
      case SecurityEvent.ConnectionClosed closed -> with("event.reason", closed.reason());
      case SecurityEvent.ConnectionError failed -> with("error.message", failed.error());
      case SecurityEvent.ConnectionBlockedInvalidHost blocked -> with("url.domain", blocked.host());
      case SecurityEvent.UpstreamRateExceeded exceeded -> with("user.id", exceeded.userId());
      case SecurityEvent.AuthSuccess success -> with("user.id", success.userId());
      case SecurityEvent.AuthFailedInvalidToken failed ->
          with("user.id", failed.userId()).with("error.message", failed.error());
      case SecurityEvent.AuthUnavailable failed -> with("error.message", failed.error());
      case SecurityEvent.AuthRevoked revoked -> with("user.id", revoked.userId());
      case SecurityEvent.HandshakeTokenIgnored ignored ->
          with("user.id", ignored.userId()).with("error.message", ignored.error());
      case SecurityEvent.HttpAuthFailed failed ->
          with("url.path", failed.path()).with("error.message", failed.error());
      case SecurityEvent.HttpAuthUnavailable failed ->
          with("url.path", failed.path()).with("error.message", failed.error());
      case SecurityEvent.ClientSecretCreated created -> with("user.id", created.userId());
      case SecurityEvent.ClientSecretRefused refused ->
          with("user.id", refused.userId()).with("error.message", refused.error());
      case SecurityEvent.GuardMatched matched ->
          with("user.id", matched.userId()).with("rule.name", matched.guard());
      case SecurityEvent.GuardFailed failed ->
          with("user.id", failed.userId())
              .with("rule.name", failed.guard())
              .with("error.message", failed.failure());
      case SecurityEvent.RateLimitExceeded exceeded -> with("url.path", exceeded.path());
      case SecurityEvent.BlockedInvalidHost blocked ->
          with("url.domain", blocked.host()).with("url.path", blocked.path());
      case SecurityEvent.BlockedInvalidOrigin blocked -> with("url.path", blocked.path());
      case SecurityEvent.BlockedAddress blocked -> with("url.path", blocked.path());
      case SecurityEvent.AdminAction action ->
          with("user.name", action.actor()).with("event.reason", action.reason());
      case SecurityEvent.AdminAuthFailed failed ->
          with("url.path", failed.path()).with("error.message", failed.error());
      case SecurityEvent.SecurityAlert alert -> with("rule.name", alert.alert());
      case SecurityEvent.OperationsAlert alert -> with("rule.name", alert.alert());
      case SecurityEvent.OfSession _,
          SecurityEvent.Repeated _,
          SecurityEvent.ConnectionEstablished _,
          SecurityEvent.ConnectionAuthTimeout _,
          SecurityEvent.ConnectionBlockedFeatureDisabled _,
          SecurityEvent.ConnectionBlockedAddress _,
          SecurityEvent.ConnectionBlockedInvalidOrigin _,
          SecurityEvent.ConnectionBlockedRateLimit _,
          SecurityEvent.ConnectionBlockedConnectionLimit _,
          SecurityEvent.ConnectionBlockedCapacity _,
          SecurityEvent.AuthFailedNoToken _ ->
          this;
    };
  }
}
