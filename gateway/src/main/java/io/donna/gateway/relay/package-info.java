/** Bytes both ways between a client and its upstream, and the back-pressure between them. */
@NullMarked
package io.donna.gateway.relay;

import org.jspecify.annotations.NullMarked;
