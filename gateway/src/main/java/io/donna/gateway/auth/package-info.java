/**
 * Who is this: tokens, the keys that verify them and where those come from, what they claim and
 * grant, what has been revoked, and the client secrets that the gateway mints itself.
 */
@NullMarked
package io.donna.gateway.auth;

import org.jspecify.annotations.NullMarked;
