/** Who is this: tokens, their secrets, claims and expiry. */
@NullMarked
package io.donna.gateway.auth;

import org.jspecify.annotations.NullMarked;
