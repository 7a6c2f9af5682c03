/** The admin port: probes, metrics, sign-in, and the API by which operators steer a gateway. */
@NullMarked
package io.donna.gateway.admin;

import org.jspecify.annotations.NullMarked;
