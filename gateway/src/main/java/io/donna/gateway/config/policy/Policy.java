package io.donna.gateway.config.policy;

import java.util.Map;

/**
 * The permissions of clients, by tier.
 *
 * @param defaultTier the tier of clients whose token names none
 * @param tiers by name, including the default tier
 */
public record Policy(String defaultTier, Map<String, Tier> tiers) {}
