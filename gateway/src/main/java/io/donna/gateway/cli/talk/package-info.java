/**
 * The terminal client: a conversation with a gateway, or with anything that speaks its protocols.
 */
@NullMarked
package io.donna.gateway.cli.talk;

import org.jspecify.annotations.NullMarked;
