/**
 * Authentication: tokens, the keys that verify them and their sources, claims and grants,
 * revocations, and the client secrets that the gateway mints itself.
 */
@NullMarked
package io.donna.gateway.auth;

import org.jspecify.annotations.NullMarked;
