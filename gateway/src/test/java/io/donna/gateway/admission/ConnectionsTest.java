package io.donna.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.admission.Connections.Answer;
import io.donna.gateway.config.ConnectionLimits;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ConnectionsTest {
  private static final InetAddress ONE = address(1);
  private static final InetAddress TWO = address(2);

  @Test
  void refusesTheConnectionAboveTheLimitOfAnAddress() {
    Connections connections = new Connections(new ConnectionLimits(3, 100));
    for (int i = 0; i < 3; i++) {
      take(connections, ONE);
    }

    assertThat(connections.take(ONE, false)).isEqualTo(new Answer.AddressFull(3));
    assertThat(connections.take(TWO, false)).isInstanceOf(Answer.Place.class);
    assertThat(connections.total()).isEqualTo(4);
  }

  @Test
  void refusesTheConnectionAboveTheLimitOfTheGateway() {
    Connections connections = new Connections(new ConnectionLimits(3, 2));
    take(connections, ONE);
    take(connections, TWO);

    assertThat(connections.take(TWO, false)).isEqualTo(new Answer.GatewayFull());
    assertThat(connections.total()).isEqualTo(2);
    assertThat(connections.of(TWO)).isEqualTo(1);
  }

  @Test
  void givesAPlaceBackOnceHoweverOftenItIsReleased() {
    Connections connections = new Connections(new ConnectionLimits(2, 2));
    Lease first = take(connections, ONE);
    take(connections, ONE);

    first.release();
    first.release();

    assertThat(connections.total()).isEqualTo(1);
    assertThat(connections.of(ONE)).isEqualTo(1);
    assertThat(connections.take(ONE, false)).isInstanceOf(Answer.Place.class);
    assertThat(connections.take(ONE, false)).isInstanceOf(Answer.AddressFull.class);
  }

  @Test
  void takesNothingForARefusal() {
    Connections connections = new Connections(new ConnectionLimits(1, 10));
    Lease lease = take(connections, ONE);
    for (int i = 0; i < 100; i++) {
      connections.take(ONE, false);
    }

    lease.release();

    assertThat(connections.total()).isZero();
    assertThat(connections.of(ONE)).isZero();
  }

  @Test
  void comesBackToNothingAndNeverGoesAboveItsLimitsUnderConcurrentUse() throws Exception {
    Connections connections = new Connections(new ConnectionLimits(3, 8));
    AtomicInteger held = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger places = new AtomicInteger();

    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<?>> done = new ArrayList<>();
      for (int thread = 0; thread < 8; thread++) {
        Random random = new Random(thread);
        done.add(
            threads.submit(() -> {
              for (int i = 0; i < 20_000; i++) {
                if (connections.take(address(random.nextInt(4)), false)
                    instanceof Answer.Place(Lease lease, int _)) {
                  places.incrementAndGet();
                  most.accumulateAndGet(held.incrementAndGet(), Math::max);
                  held.decrementAndGet();
                  lease.release();
                  lease.release();
                }
              }
            }));
      }
      await(done);
    }

    assertThat(connections.total()).isZero();
    assertThat(connections.addresses()).isZero();
    for (int i = 0; i < 4; i++) {
      assertThat(connections.of(address(i))).isZero();
    }
    assertThat(most.get()).isBetween(1, 8);
    assertThat(places.get()).isPositive();
  }

  private static final class Ended implements Runnable {
    private int times;

    @Override
    public void run() {
      times++;
    }
  }

  private static Ended newcomer(Connections connections, String address) {
    Ended ended = new Ended();
    Lease lease = ((Answer.Place) connections.take(parse(address), true)).lease();
    lease.whenEvicted(ended);
    return ended;
  }

  private static InetAddress parse(String address) {
    return InetAddress.ofLiteral(address);
  }

  @Test
  void sendsTheOldestNewcomerOfTheLargestNetworkAwayWhenItIsFull() {
    Connections connections = new Connections(new ConnectionLimits(10, 5));
    Ended honest = newcomer(connections, "198.51.100.1");
    Ended first = newcomer(connections, "2001:db8:1::");
    Ended second = newcomer(connections, "2001:db8:1:ff00::");
    Ended third = newcomer(connections, "2001:db8:1:ff01::");
    take(connections, ONE);

    take(connections, TWO); // the /56 that has two goes before the /56 that has one
    assertThat(second.times).isEqualTo(1);
    take(connections, TWO);

    assertThat(first.times).isEqualTo(1);
    assertThat(honest.times).isZero();
    assertThat(third.times).isZero();
    assertThat(connections.total()).isEqualTo(5);
  }

  @Test
  void sendsNobodyAwayWhoHasAuthenticated() {
    Connections connections = new Connections(new ConnectionLimits(10, 2));
    Ended ended = new Ended();
    Lease lease = ((Answer.Place) connections.take(ONE, true)).lease();
    lease.whenEvicted(ended);
    lease.confirm();
    take(connections, TWO);

    assertThat(connections.take(TWO, true)).isEqualTo(new Answer.GatewayFull());
    assertThat(ended.times).isZero();
  }

  @Test
  void sendsNobodyAwayWhoHasLeft() {
    Connections connections = new Connections(new ConnectionLimits(10, 1));
    Ended ended = new Ended();
    Lease lease = ((Answer.Place) connections.take(ONE, true)).lease();
    lease.whenEvicted(ended);
    lease.release();
    take(connections, TWO);

    assertThat(connections.take(TWO, true)).isEqualTo(new Answer.GatewayFull());
    assertThat(ended.times).isZero();
  }

  @Test
  void hasAnEntryForAnAddressOnlyWhileItHasAConnection() {
    Connections connections = new Connections(new ConnectionLimits(2, 10));
    Lease first = take(connections, ONE);
    Lease second = take(connections, ONE);
    take(connections, TWO);

    first.release();
    assertThat(connections.addresses()).isEqualTo(2);
    second.release();

    assertThat(connections.addresses()).isEqualTo(1);
  }

  @Test
  void givesNewcomersHalfOfAllPlaces() {
    Connections connections = new Connections(new ConnectionLimits(1_000, 300));
    List<Ended> newcomers = new ArrayList<>();
    for (int i = 0; i < 250; i++) {
      newcomers.add(newcomer(connections, "192.0.2.1"));
    }

    assertThat(connections.total()).isEqualTo(150);
    assertThat(newcomers).extracting(ended -> ended.times).startsWith(1).endsWith(0);
    assertThat(newcomers.stream().mapToInt(ended -> ended.times).sum()).isEqualTo(100);
  }

  @Test
  void endsAHolderThatIsKnownOnlyWhenItsPlaceIsGoneAndEndsItOnce() {
    Connections connections = new Connections(new ConnectionLimits(10, 1));
    Lease lease = ((Answer.Place) connections.take(ONE, true)).lease();
    take(connections, TWO);
    Ended ended = new Ended();

    lease.whenEvicted(ended);
    lease.confirm();
    lease.release();

    assertThat(ended.times).isEqualTo(1);
    assertThat(connections.total()).isEqualTo(1);
    assertThat(connections.of(ONE)).isZero();
  }

  private static void await(List<Future<?>> done) throws InterruptedException, ExecutionException {
    for (Future<?> one : done) {
      one.get();
    }
  }

  private static Lease take(Connections connections, InetAddress address) {
    return ((Answer.Place) connections.take(address, false)).lease();
  }

  private static InetAddress address(int last) {
    try {
      return InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, (byte) last});
    } catch (UnknownHostException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
