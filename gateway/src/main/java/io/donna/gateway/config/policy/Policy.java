package io.donna.gateway.config.policy;

import java.util.Map;

/**
 * What clients may do, by tier.
 *
 * @param defaultTier the tier of a client whose token names none
 * @param tiers by name; the default one is among them
 */
public record Policy(String defaultTier, Map<String, Tier> tiers) {}
