/**
 * Metrics (contract, section 5): counters of the event loops, meters of decisions and of voice, and
 * their text for Prometheus. No label is chosen by a client or an upstream.
 */
@NullMarked
package io.donna.gateway.telemetry;

import org.jspecify.annotations.NullMarked;
