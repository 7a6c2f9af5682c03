/**
 * The policy file: named tiers, their permissions, and the file's errors by line. The package
 * {@code policy} applies the rules to messages.
 */
@NullMarked
package io.donna.gateway.config.policy;

import org.jspecify.annotations.NullMarked;
