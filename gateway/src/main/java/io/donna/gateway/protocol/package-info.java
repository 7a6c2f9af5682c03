/**
 * The protocols of voice APIs, a row and a package each: how a session is opened, and the
 * inspectors that read its events.
 */
@NullMarked
package io.donna.gateway.protocol;

import org.jspecify.annotations.NullMarked;
