/**
 * Admission before authentication: feature flag, client address, origin, rates and connection
 * limits.
 */
@NullMarked
package io.donna.gateway.admission;

import org.jspecify.annotations.NullMarked;
