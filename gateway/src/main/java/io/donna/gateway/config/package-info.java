/**
 * Settings: read once from the environment and {@code .env}, validated together, and passed on as
 * small records that cannot be invalid.
 */
@NullMarked
package io.donna.gateway.config;

import org.jspecify.annotations.NullMarked;
