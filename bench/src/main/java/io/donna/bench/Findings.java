package io.donna.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * The figures of every peer, and the ratios of the gateway's figures to those of the other peers.
 * With a policy, the ratios are to those of the gateway without one.
 */
final class Findings {
  private static final Set<String> GATEWAYS = Set.of(Gateway.NAME, Gateway.NAME_UNDER_POLICY);

  private record Finding(String figure, boolean lowerIsBetter, String peer, double value) {}

  private final String prefix;
  private final List<Finding> all = new ArrayList<>();

  /**
   * @param prefix the prefix of every figure's name
   */
  Findings(String prefix) {
    this.prefix = prefix;
  }

  void add(String figure, boolean lowerIsBetter, String peer, double value) {
    all.add(new Finding(prefix + figure, lowerIsBetter, peer, value));
  }

  void addRounds(String name, String peer, List<Measurement> rounds) {
    add(name + ".cpu", true, peer, median(rounds, Measurement::cpuMicrosPerMessage));
    add(name + ".p99", true, peer, median(rounds, round -> round.p99Latency().toNanos()));
  }

  /** Adds the latency of the relay beyond the latency of the load itself. */
  void addAddedLatency(
      String name, String peer, List<Measurement> rounds, List<Measurement> without) {
    double relayed = median(rounds, round -> round.p99Latency().toNanos());
    double direct = median(without, round -> round.p99Latency().toNanos());
    add(name + ".added-p99", true, peer, relayed - direct);
  }

  private static double median(List<Measurement> rounds, ToDoubleFunction<Measurement> figure) {
    return Spread.of(rounds, figure).median();
  }

  /** The gateway's cost as a multiple of each other peer's. The gateway is better below 1. */
  Map<String, Double> ratios() {
    Map<String, Double> ratios = new TreeMap<>();
    for (Finding own : all) {
      for (Finding other : all) {
        if (!other.figure.equals(own.figure)) {
          continue;
        }
        double ratio = own.lowerIsBetter ? own.value / other.value : other.value / own.value;
        if (Double.isFinite(ratio)) {
          name(own, other).ifPresent(name -> ratios.put(name, ratio));
        }
      }
    }
    return ratios;
  }

  /** The name of a ratio; empty if the ratio is not reported. */
  private static Optional<String> name(Finding own, Finding other) {
    if (own.peer.equals(Gateway.NAME) && !GATEWAYS.contains(other.peer)) {
      return Optional.of(own.figure + "/" + other.peer);
    }
    return own.peer.equals(Gateway.NAME_UNDER_POLICY) && other.peer.equals(Gateway.NAME)
        ? Optional.of(own.figure + "." + own.peer + "/" + other.peer)
        : Optional.empty();
  }
}
