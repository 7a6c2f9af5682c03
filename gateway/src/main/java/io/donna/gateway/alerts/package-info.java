/**
 * Alerts: rules over what {@code audit} and {@code telemetry} say, told by events, by a webhook and
 * by a snapshot.
 */
@NullMarked
package io.donna.gateway.alerts;

import org.jspecify.annotations.NullMarked;
