/**
 * The public port: listening sockets, HTTP routes, the upgrade, and the table of endpoints. Turns a
 * request into a question of admission, and an admitted one into a session.
 */
@NullMarked
package io.donna.gateway.edge;

import org.jspecify.annotations.NullMarked;
