/**
 * The public port: listening sockets, HTTP routes, the upgrade, and the table of endpoints. Submits
 * each request to admission, and turns an admitted upgrade into a session.
 */
@NullMarked
package io.donna.gateway.edge;

import org.jspecify.annotations.NullMarked;
