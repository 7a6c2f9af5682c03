package io.donna.gateway.config;

import java.util.List;

/**
 * The allowed values of {@code Origin}.
 *
 * @param listed exact origins, {@code https://*.example.com} for subdomains, {@code *} or {@code
 *     null}
 * @param loopbackWhenUnlisted whether an empty list allows loopback origins (development)
 */
public record OriginRules(List<String> listed, boolean loopbackWhenUnlisted) {}
