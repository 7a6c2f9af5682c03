/** Opening the upstream leg: address, credentials, TLS, time limits. */
@NullMarked
package io.donna.gateway.upstream;

import org.jspecify.annotations.NullMarked;
