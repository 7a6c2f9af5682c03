/**
 * The policy file: named tiers, what their clients may do, and what is wrong with it, by line. What
 * the rules mean for a message is decided in {@code policy}.
 */
@NullMarked
package io.donna.gateway.config.policy;

import org.jspecify.annotations.NullMarked;
