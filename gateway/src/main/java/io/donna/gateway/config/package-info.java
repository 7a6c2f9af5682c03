/**
 * Settings: read once from the environment and {@code .env}, validated together, handed on as small
 * records that cannot be wrong.
 */
@NullMarked
package io.donna.gateway.config;

import org.jspecify.annotations.NullMarked;
