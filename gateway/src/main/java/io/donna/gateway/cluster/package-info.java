/**
 * What the replicas of one gateway count together: rates by address, places by address, user and
 * tier. One interface; the counts are in this process, or in Redis.
 */
@NullMarked
package io.donna.gateway.cluster;

import org.jspecify.annotations.NullMarked;
