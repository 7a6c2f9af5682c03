package io.donna.gateway.admission;

import io.donna.gateway.auth.Revocations;
import io.donna.gateway.config.ConnectionLimits;
import io.donna.gateway.config.RateLimit;
import java.time.Clock;
import java.util.Optional;

/**
 * What operators change while a gateway runs: the main switch, blocks, revocations and limits. Made
 * before the gateway, so that what has been kept is in force before the port opens. Safe from any
 * thread; reading never blocks.
 */
public final class Controls {
  private final Clock clock;
  private final AddressBlocks addressBlocks;
  private final Revocations revocations = new Revocations();
  private volatile boolean switchedOff;
  private volatile boolean draining;
  private volatile Optional<LimitOverride> limits = Optional.empty();

  public Controls(Clock clock) {
    this.clock = clock;
    this.addressBlocks = new AddressBlocks(clock);
  }

  public AddressBlocks addressBlocks() {
    return addressBlocks;
  }

  public Revocations revocations() {
    return revocations;
  }

  /** Turns the proxy off, or on again if the settings have it on. */
  public void switchOff(boolean off) {
    switchedOff = off;
  }

  public boolean isSwitchedOff() {
    return switchedOff;
  }

  /** Whether new connections are refused while the present ones go on. */
  public void drain(boolean refuse) {
    draining = refuse;
  }

  public boolean isDraining() {
    return draining;
  }

  public void override(LimitOverride changed) {
    limits = Optional.of(changed);
  }

  /** Ends the change of limits before its time. */
  public void restoreLimits() {
    limits = Optional.empty();
  }

  /** The change of limits that is in force. */
  public Optional<LimitOverride> limits() {
    return limits.filter(changed -> changed.until().isAfter(clock.instant()));
  }

  RateLimit of(RateLimit usual) {
    return limits().map(changed -> changed.of(usual)).orElse(usual);
  }

  ConnectionLimits of(ConnectionLimits usual) {
    return limits().map(changed -> changed.of(usual)).orElse(usual);
  }
}
