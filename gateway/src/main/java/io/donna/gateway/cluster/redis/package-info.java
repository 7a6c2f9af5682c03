/** The cluster's counts in Redis or Valkey. Loaded only where {@code REDIS_URL} is set. */
@NullMarked
package io.donna.gateway.cluster.redis;

import org.jspecify.annotations.NullMarked;
