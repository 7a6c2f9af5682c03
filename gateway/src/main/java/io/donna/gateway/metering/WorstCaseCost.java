package io.donna.gateway.metering;

import java.math.BigDecimal;

/**
 * The highest cost that a response may have.
 *
 * @param reading the cost of its input
 * @param outputToken US dollars for each output token
 * @param outputTokens the most output tokens
 */
record WorstCaseCost(Spent reading, BigDecimal outputToken, long outputTokens) {
  /** The cost with {@code tokens} of output. */
  Spent with(long tokens) {
    return reading.plus(new Spent(tokens, outputToken.multiply(BigDecimal.valueOf(tokens))));
  }
}
