/**
 * Meters the cost of upstream work: reads the usage that the upstream states, prices it in exact
 * decimals, keeps spending per owner, and writes the usage log.
 */
@NullMarked
package io.donna.gateway.metering;

import org.jspecify.annotations.NullMarked;
