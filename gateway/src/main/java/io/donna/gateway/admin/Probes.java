package io.donna.gateway.admin;

import io.donna.gateway.edge.Gateway;
import io.donna.gateway.telemetry.Telemetry;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.node.ObjectNode;

/** What an orchestrator and a monitoring system ask: alive, ready, and the metrics. */
final class Probes {
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Gateway gateway;
  private final BooleanSupplier started;

  /** However many scrape, or ask and leave. */
  private final SharedReading<byte[]> scrapes;

  Probes(Gateway gateway, BooleanSupplier started) {
    this.gateway = gateway;
    this.started = started;
    this.scrapes = new SharedReading<>(this::scrape);
  }

  List<Route> routes() {
    return List.of(
        Route.get("/livez", OperatorRole.OPEN, call -> alive()),
        Route.get("/readyz", OperatorRole.OPEN, call -> ready()),
        Route.get("/metrics", OperatorRole.OPEN, call -> metrics()));
  }

  private AdminResponse alive() {
    return gateway.isResponsive(PATIENCE)
        ? status(List.of())
        : status(List.of("an event loop does not answer"));
  }

  private AdminResponse ready() {
    List<String> reasons = new ArrayList<>();
    if (!started.getAsBoolean()) {
      reasons.add("starting");
    }
    reasons.addAll(gateway.obstacles());
    return status(reasons);
  }

  private static AdminResponse status(List<String> reasons) {
    ObjectNode body =
        AdminResponse.object().put("status", reasons.isEmpty() ? "ok" : "unavailable");
    reasons.forEach(body.putArray("reasons")::add);
    return AdminResponse.json(
        reasons.isEmpty() ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE, body);
  }

  private AdminResponse metrics() throws InterruptedException {
    return AdminResponse.bytes(Telemetry.CONTENT_TYPE, scrapes.get());
  }

  private byte[] scrape() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      gateway.telemetry().write(out);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return out.toByteArray();
  }
}
