package io.donna.gateway.cli;

import io.donna.gateway.auth.ClientSecrets;
import io.donna.gateway.config.MeteringSettings;
import java.lang.management.ManagementFactory;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/**
 * Loads, beside the start, what takes a third of its time and is not needed before the first
 * request: security providers, the threads of blocking tasks, Jackson, the built-in prices. Each is
 * loaded once, by whoever is first, and others wait for it; so without this class only the time
 * differs.
 */
final class ReadAhead {
  private ReadAhead() {}

  static void start() {
    Thread.ofPlatform().daemon().name("read-ahead").start(ReadAhead::load);
  }

  private static void load() {
    ManagementFactory.getOperatingSystemMXBean();
    new ClientSecrets(List.of(), Clock.systemUTC());
    Thread.ofVirtual().unstarted(() -> {});
    JsonMapper.shared().writeValueAsString(JsonMapper.shared().createObjectNode());
    new MeteringSettings(Optional.empty(), Optional.empty()).prices();
  }
}
