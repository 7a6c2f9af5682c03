package io.donna.gateway.audit;

import java.math.BigDecimal;

/**
 * The usage of a session, as in its closing event.
 *
 * @param session the session's id, as in the usage log
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
