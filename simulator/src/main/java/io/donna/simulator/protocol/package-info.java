/**
 * What the protocols share: the seam between a session and the server, JSON, schemas, errors, ids
 * and timers. Each protocol has a package of its own.
 */
@NullMarked
package io.donna.simulator.protocol;

import org.jspecify.annotations.NullMarked;
