package io.donna.gateway.cluster;

import java.time.Duration;
import java.util.Optional;

/**
 * What somebody asks of the cluster: one request within a rate, one place among those that the
 * owner may have at once, or both. The rate is counted first, and stays counted if no place is
 * left.
 *
 * @param owner whose rate and places these are: a kind and a name, such as {@code user alice}
 */
public record Claim(String owner, Optional<Rate> rate, Optional<Place> place) {
  static final Rate NO_RATE = new Rate("", 0, Duration.ZERO, 0, Duration.ZERO);
  static final Place NO_PLACE = new Place(0, 0);

  /**
   * One request within a fixed window, which begins with its first request.
   *
   * @param kind tells the rates of one owner apart
   * @param requests the most in a window
   * @param usedHere requests in the window as far as this replica knows, this one included
   * @param leftHere until that window ends
   */
  public record Rate(String kind, int requests, Duration window, int usedHere, Duration leftHere) {}

  /**
   * One more place.
   *
   * @param most places of the owner on all replicas together
   * @param takenHere how many it has on this replica, this one included
   */
  public record Place(long most, int takenHere) {}
}
