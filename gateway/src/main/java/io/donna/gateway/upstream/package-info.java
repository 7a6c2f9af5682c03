/** Opens upstream legs: server selection, credentials, TLS, time limits. */
@NullMarked
package io.donna.gateway.upstream;

import org.jspecify.annotations.NullMarked;
