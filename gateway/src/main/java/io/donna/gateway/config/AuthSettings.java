package io.donna.gateway.config;

import java.time.Duration;
import java.util.List;

/**
 * How clients prove who they are.
 *
 * @param secrets HMAC secrets, any of which verifies and the first of which signs; empty where no
 *     authentication is configured
 * @param timeout how long a client may take
 */
public record AuthSettings(List<Secret> secrets, Duration timeout) {
  public boolean isRequired() {
    return !secrets.isEmpty();
  }
}
