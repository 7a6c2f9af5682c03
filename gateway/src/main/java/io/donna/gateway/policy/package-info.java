/**
 * What a message may say and what becomes of it otherwise: each client is held to its tier's rules
 * by an inspector of its own, on every message and in every turn.
 */
@NullMarked
package io.donna.gateway.policy;

import org.jspecify.annotations.NullMarked;
