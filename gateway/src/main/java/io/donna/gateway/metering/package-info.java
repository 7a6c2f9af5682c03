/**
 * What the upstream's work costs: reads usage where the upstream states it, prices it in exact
 * decimals, keeps who has spent what, and writes it to the usage log.
 */
@NullMarked
package io.donna.gateway.metering;

import org.jspecify.annotations.NullMarked;
