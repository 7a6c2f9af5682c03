/**
 * Who may come in at all, before anyone is asked who they are: feature flag, client address,
 * origin, rates and connection limits.
 */
@NullMarked
package io.donna.gateway.admission;

import org.jspecify.annotations.NullMarked;
