/**
 * Enforces a tier's rules on each client, by an inspector of its own: on every message and every
 * turn.
 */
@NullMarked
package io.donna.gateway.policy;

import org.jspecify.annotations.NullMarked;
