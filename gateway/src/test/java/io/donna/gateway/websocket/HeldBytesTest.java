package io.donna.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.internal.PlatformDependent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HeldBytesTest {
  private static final int MIB = 1 << 20;

  private final AtomicLong nanos = new AtomicLong();
  private final HeldBytes all = new HeldBytes(64 * MIB, nanos::get);
  private final List<String> told = new ArrayList<>();

  private BufferedBytesAccount holding(String name, int bytes) {
    BufferedBytesAccount holding = new BufferedBytesAccount(all, () -> told.add(name));
    holding.set(bytes);
    return holding;
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void tellsTheLargestAndOldestToLetGoUntilThereIsRoom() {
    holding("small", 2 * MIB);
    BufferedBytesAccount first = holding("first", 14 * MIB);
    BufferedBytesAccount second = holding("second", 14 * MIB);
    holding("third", 14 * MIB);
    pass(HeldBytes.GRACE);

    all.relieve();
    assertThat(told).containsExactly("first");
    all.relieve();
    assertThat(told).containsExactly("first", "second");
    // What those two are about to let go of is enough.
    all.relieve();
    first.set(0);
    second.set(0);
    all.relieve();

    assertThat(told).containsExactly("first", "second");
    assertThat(all.isScarce()).isFalse();
  }

  @Test
  void leavesThoseAloneWhoHaveHeldForAMoment() {
    holding("old", 2 * MIB);
    pass(HeldBytes.GRACE);
    holding("new", 40 * MIB);

    all.relieve();
    assertThat(told).containsExactly("old");
    pass(HeldBytes.GRACE);
    all.relieve();

    assertThat(told).containsExactly("old", "new");
  }

  /** Each of five holds 8 MiB for nine seconds, lets go, and takes as much again at once. */
  @Test
  void tellsThoseToLetGoWhoTakeTurnsAtHolding() {
    List<BufferedBytesAccount> hogs = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      hogs.add(holding("hog", 8 * MIB));
    }
    for (int i = 0; i < 3; i++) {
      pass(Duration.ofSeconds(9));
      all.relieve();
      for (BufferedBytesAccount hog : hogs) {
        hog.set(0);
        hog.set(8 * MIB);
      }
    }

    assertThat(told).isNotEmpty();
  }

  /** A hundred sessions of one user hold a megabyte each, and another user sends an image. */
  @Test
  void tellsAnAccountThatHoldsMuchInSmallPiecesBeforeOneThatHoldsOneLargePiece() {
    for (int i = 0; i < 40; i++) {
      holding("hog", MIB).setAccount("hog");
    }
    holding("image", 4 * MIB).setAccount("voice");
    pass(HeldBytes.GRACE);

    for (int i = 0; i < 8; i++) {
      all.relieve();
    }

    assertThat(told).containsOnly("hog").hasSize(8);
  }

  /** A backend has one token for all of its sessions. */
  @Test
  void tellsOneThatHoldsMuchAloneBeforeAnAccountThatHoldsMoreInSmallPieces() {
    for (int i = 0; i < 20 * 32; i++) {
      holding("backend", MIB / 32).setAccount("backend");
    }
    holding("hog", 15 * MIB).setAccount("hog");
    pass(HeldBytes.GRACE);

    all.relieve();

    assertThat(told).containsExactly("hog");
  }

  @Test
  void countsFromThenOnForTheAccountThatAHoldingIsGiven() {
    List<BufferedBytesAccount> ofHog = new ArrayList<>();
    for (int i = 0; i < 36; i++) {
      ofHog.add(holding("hog", MIB));
    }
    holding("image", 4 * MIB);
    ofHog.forEach(one -> one.setAccount("hog"));
    pass(HeldBytes.GRACE);
    all.relieve();
    assertThat(told).containsExactly("hog");

    ofHog.forEach(one -> one.setAccount("user " + System.identityHashCode(one)));
    all.relieve();

    assertThat(told).containsExactly("hog", "image");
  }

  @Test
  void tellsTheLargestOfAnAccount() {
    holding("small", MIB).setAccount("a");
    holding("large", 30 * MIB).setAccount("a");
    holding("middle", 8 * MIB).setAccount("a");
    pass(HeldBytes.GRACE);

    all.relieve();

    assertThat(told).containsExactly("large");
  }

  /** Whatever is held, given to another, let go of or told to, in whatever order. */
  @Test
  void forgetsEveryAccountInTheEnd() {
    Random random = new Random(1);
    List<BufferedBytesAccount> some = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      some.add(holding("any", 0));
    }
    for (int i = 0; i < 20_000; i++) {
      BufferedBytesAccount one = some.get(random.nextInt(some.size()));
      switch (random.nextInt(4)) {
        case 0 -> one.set(0);
        case 1 -> one.set(random.nextInt(16 * MIB));
        case 2 -> one.setAccount("account " + random.nextInt(4));
        default -> {
          pass(Duration.ofMillis(random.nextInt(1_000)));
          all.relieve();
        }
      }
    }
    some.forEach(one -> one.set(0));
    new BufferedBytesAccount(all).set(60 * MIB);
    pass(HeldBytes.GRACE);
    told.clear();
    all.relieve();

    assertThat(told).isEmpty();
    assertThat(all.accounts()).isZero();
    assertThat(all.total()).isEqualTo(60L * MIB);
  }

  @Test
  void isPatientAgainWhenMemoryHasNotBeenScarceForAsLong() {
    BufferedBytesAccount hog = holding("hog", 40 * MIB);
    pass(HeldBytes.GRACE);
    all.relieve();
    hog.set(0);
    told.clear();
    pass(HeldBytes.GRACE);
    holding("upload", 40 * MIB);

    all.relieve();
    assertThat(told).isEmpty();
    pass(HeldBytes.GRACE);
    all.relieve();

    assertThat(told).containsExactly("upload");
  }

  @Test
  void tellsNobodyWhileThereIsRoomOrWhereSomebodyElseBoundsTheTime() {
    BufferedBytesAccount bounded = new BufferedBytesAccount(all);
    bounded.set(30 * MIB);
    holding("one", MIB);
    pass(HeldBytes.GRACE);
    all.relieve();
    assertThat(told).isEmpty();

    bounded.set(40 * MIB);
    all.relieve();

    assertThat(told).containsExactly("one");
  }

  @Test
  void tellsWhoGrewAgainAfterItLetGoAtOnceWhereMemoryIsStillScarce() {
    new BufferedBytesAccount(all).set(33 * MIB);
    BufferedBytesAccount one = holding("one", MIB);
    pass(HeldBytes.GRACE);
    all.relieve();
    one.set(0);
    one.set(2 * MIB);

    all.relieve();

    assertThat(told).containsExactly("one", "one");
  }

  @Test
  void forgetsWhoIsGoneHoweverItWasAskedToGo() {
    for (int i = 0; i < 1_000; i++) {
      BufferedBytesAccount one = holding("one", 33 * MIB);
      pass(HeldBytes.GRACE);
      if (i % 2 == 0) {
        all.relieve();
      }
      one.set(0);
    }
    new BufferedBytesAccount(all).set(60 * MIB);
    told.clear();
    all.relieve();

    assertThat(told).isEmpty();
    assertThat(all.total()).isEqualTo(60L * MIB);
  }

  @Test
  void letsOneHoldNoMoreThanIsLeftForAllOthers() {
    BufferedBytesAccount one = new BufferedBytesAccount(all);

    assertThat(one.set(32 * MIB)).isTrue();
    assertThat(one.set(32 * MIB + 1)).isFalse();
  }

  @Test
  void letsEachHoldLessTheMoreThereAre() {
    int refused = 0;
    while (new BufferedBytesAccount(all).set(16 * MIB)) {
      refused++;
    }

    assertThat(refused).isEqualTo(3);
  }

  @Test
  void hasRoomForAVoiceHoweverManyHoldAllTheyCan() {
    for (int i = 0; i < 1_000; i++) {
      BufferedBytesAccount greedy = new BufferedBytesAccount(all);
      int bytes = 16 * MIB;
      while (bytes > MIB && !greedy.set(bytes)) {
        greedy.set(0);
        bytes -= MIB;
      }
    }

    assertThat(new BufferedBytesAccount(all).set(320 * 1024)).isTrue();
  }

  @Test
  void alwaysLetsGo() {
    BufferedBytesAccount one = new BufferedBytesAccount(all);
    one.set(60 * MIB);

    assertThat(one.set(50 * MIB)).isTrue();
    assertThat(one.set(0)).isTrue();
    assertThat(all.total()).isZero();
  }

  @Test
  void doesNotCountWhatEveryConnectionTakes() {
    assertThat(new BufferedBytesAccount(all).set(4 * 1024)).isTrue();

    assertThat(all.total()).isZero();
  }

  @Test
  void isScarceFromTheHalfOn() {
    BufferedBytesAccount one = new BufferedBytesAccount(all);
    one.set(32 * MIB);
    assertThat(all.isScarce()).isFalse();

    new BufferedBytesAccount(all).set(MIB);
    assertThat(all.isScarce()).isTrue();

    one.set(0);
    assertThat(all.isScarce()).isFalse();
  }

  /** Ten seconds, and a byte more than half of the limit. */
  @Test
  void tellsNobodyAMomentTooEarlyOrForAByteTooFew() {
    BufferedBytesAccount one = holding("one", 32 * MIB);
    pass(HeldBytes.GRACE);
    all.relieve();
    assertThat(told).isEmpty();
    one.set(32 * MIB + 1);
    all.relieve();
    assertThat(told).containsExactly("one");
    told.clear();
    one.set(0);
    pass(HeldBytes.GRACE);

    holding("two", 40 * MIB);
    pass(HeldBytes.GRACE.minusNanos(1));
    all.relieve();
    assertThat(told).isEmpty();
    pass(Duration.ofNanos(1));
    all.relieve();
    assertThat(told).containsExactly("two");
  }

  @Test
  void tellsNobodyWhoHoldsLessThanSixteenKibibytes() {
    new BufferedBytesAccount(all).set(40 * MIB);
    BufferedBytesAccount one = holding("one", 16 * 1024 - 1);
    pass(HeldBytes.GRACE);
    all.relieve();
    assertThat(told).isEmpty();

    one.set(16 * 1024);
    all.relieve();
    assertThat(told).containsExactly("one");
  }

  @Test
  void saysWhatItAllows() {
    assertThat(all.limit()).isEqualTo(64L * MIB);
    assertThat(HeldBytes.ofThisProcess().limit())
        .isEqualTo(PlatformDependent.maxDirectMemory() / 2);
  }

  /** All event loops share it: whoever has left it must not keep the others out. */
  @Test
  void isFreeForOthersAfterEachCall() {
    BufferedBytesAccount bounded = new BufferedBytesAccount(all);
    BufferedBytesAccount one = holding("one", MIB);
    isFreeForOthers();
    bounded.set(40 * MIB); // memory becomes scarce
    isFreeForOthers();
    one.setAccount("ann");
    isFreeForOthers();
    pass(HeldBytes.GRACE);
    all.relieve();
    isFreeForOthers();
    assertThat(told).containsExactly("one");
    holding("two", MIB);
    assertThat(all.accounts()).isEqualTo(1);
    isFreeForOthers();
  }

  private void isFreeForOthers() {
    assertThat(CompletableFuture.supplyAsync(all::accounts)).succeedsWithin(Duration.ofSeconds(5));
  }

  /** Memory is scarce from the byte above the half, however it came to be so. */
  @Test
  void isImpatientFromTheByteAboveTheHalf() {
    new BufferedBytesAccount(all).set(32 * MIB);
    BufferedBytesAccount hog = holding("hog", 8 * MIB);
    pass(Duration.ofSeconds(9));
    hog.set(0);
    hog.set(8 * MIB);
    pass(Duration.ofSeconds(1));

    all.relieve();

    assertThat(told).containsExactly("hog");
  }

  /** At exactly the half, the time of shortage runs back. */
  @Test
  void isPatientAgainAfterAsLongAtTheHalf() {
    new BufferedBytesAccount(all).set(32 * MIB);
    BufferedBytesAccount hog = holding("hog", 8 * MIB);
    pass(Duration.ofSeconds(9));
    hog.set(0);
    pass(Duration.ofSeconds(9));
    hog.set(8 * MIB);
    pass(Duration.ofSeconds(1));

    all.relieve();

    assertThat(told).isEmpty();
  }

  /** What an account has let go of no longer counts against it. */
  @Test
  void forgetsWhatAnAccountHasLetGoOf() {
    new BufferedBytesAccount(all).set(30 * MIB);
    List<BufferedBytesAccount> ofCrowd = new ArrayList<>();
    for (int i = 0; i < 29; i++) {
      BufferedBytesAccount one = holding("crowd", MIB);
      one.setAccount("crowd");
      ofCrowd.add(one);
    }
    holding("image", 4 * MIB).setAccount("image");
    ofCrowd.subList(1, 29).forEach(one -> one.set(0));
    pass(HeldBytes.GRACE);

    all.relieve();

    assertThat(told).containsExactly("image");
  }
}
