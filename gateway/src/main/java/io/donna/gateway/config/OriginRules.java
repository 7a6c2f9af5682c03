package io.donna.gateway.config;

import java.util.List;

/**
 * Which {@code Origin}s may come in.
 *
 * @param listed exact origins, {@code https://*.example.com} for subdomains, {@code *} or {@code
 *     null}
 * @param loopbackWhenUnlisted whether an empty list lets pages of this machine in (development)
 */
public record OriginRules(List<String> listed, boolean loopbackWhenUnlisted) {}
