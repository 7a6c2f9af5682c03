package io.donna.gateway.metering;

import java.math.BigDecimal;

/**
 * The most that a response may cost.
 *
 * @param reading what it reads, whatever it then says
 * @param outputToken US dollars for each token that it puts out
 * @param outputTokens how many tokens it may put out
 */
record WorstCaseCost(Spent reading, BigDecimal outputToken, long outputTokens) {
  /** Of a response that puts out {@code tokens}. */
  Spent with(long tokens) {
    return reading.plus(new Spent(tokens, outputToken.multiply(BigDecimal.valueOf(tokens))));
  }
}
