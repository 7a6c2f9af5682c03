package io.donna.gateway.edge;

import io.donna.gateway.admission.FileDescriptorBudget;
import io.donna.gateway.alerts.AlertSources;
import io.donna.gateway.alerts.Alerts;
import io.donna.gateway.alerts.SecurityEventCounts;
import io.donna.gateway.audit.SecurityLog;
import io.donna.gateway.cluster.Cluster;
import io.donna.gateway.config.Settings;
import io.donna.gateway.config.UpstreamSettings;
import io.donna.gateway.config.WatchedFiles;
import io.donna.gateway.session.InspectorFactory;
import io.donna.gateway.telemetry.Telemetry;
import java.time.Clock;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Gives a gateway's alerts what they look at. */
final class GatewayAlerts {
  /** The metric of lost lines, which whoever writes the log adds. */
  private static final String LINES_LOST = "donna.log.lines.lost";

  private GatewayAlerts() {}

  /**
   * Starts the alerts of one gateway.
   *
   * @param signals count its security events
   * @param log receives the events of alerts
   */
  static Alerts start(
      Settings settings,
      SecurityEventCounts signals,
      Telemetry telemetry,
      InspectorFactory inspectors,
      Cluster cluster,
      Optional<ServerTls> tls,
      SecurityLog log,
      WatchedFiles watched,
      Clock clock) {
    AlertSources sources =
        new AlertSources(
            signals,
            inspectors::usedByTier,
            telemetry.upstreams()::byServer,
            telemetry.voice()::waits,
            GatewayAlerts::openDescriptors,
            () -> telemetry.counted(LINES_LOST),
            () -> cluster.isShared() ? Optional.of(cluster.outage()) : Optional.empty(),
            () -> tls.map(ServerTls::expiry),
            () -> namedModels(settings, inspectors));
    Alerts alerts = Alerts.start(settings.alerts(), sources, log, watched, clock);
    telemetry.gauges("donna.alerts.active", "alert", alerts::activeByKind);
    return alerts;
  }

  private static double openDescriptors() {
    long limit = FileDescriptorBudget.limit();
    return limit > 0 ? (double) FileDescriptorBudget.open() / limit : -1;
  }

  /** The models that OpenAI is asked for; other services have their own, by any name. */
  private static Set<String> namedModels(Settings settings, InspectorFactory inspectors) {
    Set<String> models = new HashSet<>();
    settings.upstreams().stream()
        .filter(server -> server.kind() == UpstreamSettings.Kind.OPENAI)
        .map(UpstreamSettings::model)
        .forEach(models::add);
    if (!models.isEmpty()) {
      models.addAll(settings.modelAliases().models().values());
      models.addAll(inspectors.namedModels());
    }
    return models;
  }
}
