package io.donna.gateway.audit;

import java.math.BigDecimal;

/**
 * What a session came to, as its closing line has it.
 *
 * @param session tells its lines in the usage log
 * @param inputTokens of which {@code cachedTokens} came from the upstream's cache
 * @param usd in US dollars
 */
public record SessionUsage(
    String session,
    int responses,
    int transcriptions,
    long inputTokens,
    long cachedTokens,
    long outputTokens,
    BigDecimal usd) {}
