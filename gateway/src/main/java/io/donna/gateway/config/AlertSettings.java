package io.donna.gateway.config;

import io.donna.gateway.config.alerts.AlertRules;
import java.nio.file.Path;
import java.util.Optional;

/**
 * When the gateway raises alerts, and whom it tells besides the log.
 *
 * @param file the file of rules, reloaded on change; empty if the usual rules apply
 */
public record AlertSettings(Optional<Path> file, AlertRules rules, Optional<AlertWebhook> webhook) {
  /** Without any setting. */
  public static final AlertSettings USUAL =
      new AlertSettings(Optional.empty(), AlertRules.USUAL, Optional.empty());
}
