/**
 * Metrics and traces by OTLP, with OpenTelemetry's SDK. Loaded only where it is configured: no
 * other package names a class of the SDK, and {@code edge} names {@link
 * io.donna.gateway.telemetry.otel.OtelExport} in one method alone.
 */
@NullMarked
package io.donna.gateway.telemetry.otel;

import org.jspecify.annotations.NullMarked;
