package io.donna.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HeldBytesTest {
  private static final int MIB = 1 << 20;

  private final HeldBytes all = new HeldBytes(64 * MIB);

  @Test
  void letsOneHoldNoMoreThanIsLeftForAllOthers() {
    Holding one = new Holding(all);

    assertThat(one.set(32 * MIB)).isTrue();
    assertThat(one.set(32 * MIB + 1)).isFalse();
  }

  @Test
  void letsEachHoldLessTheMoreThereAre() {
    int refused = 0;
    while (new Holding(all).set(16 * MIB)) {
      refused++;
    }

    assertThat(refused).isEqualTo(3);
  }

  @Test
  void hasRoomForAVoiceHoweverManyHoldAllTheyCan() {
    for (int i = 0; i < 1_000; i++) {
      Holding greedy = new Holding(all);
      int bytes = 16 * MIB;
      while (bytes > MIB && !greedy.set(bytes)) {
        greedy.set(0);
        bytes -= MIB;
      }
    }

    assertThat(new Holding(all).set(320 * 1024)).isTrue();
  }

  @Test
  void alwaysLetsGo() {
    Holding one = new Holding(all);
    one.set(60 * MIB);

    assertThat(one.set(50 * MIB)).isTrue();
    assertThat(one.set(0)).isTrue();
    assertThat(all.total()).isZero();
  }

  @Test
  void doesNotCountWhatIsEverydays() {
    assertThat(new Holding(all).set(64 * 1024)).isTrue();

    assertThat(all.total()).isZero();
  }

  @Test
  void isScarceFromTheHalfOn() {
    Holding one = new Holding(all);
    one.set(32 * MIB);
    assertThat(all.isScarce()).isFalse();

    new Holding(all).set(MIB);
    assertThat(all.isScarce()).isTrue();

    one.set(0);
    assertThat(all.isScarce()).isFalse();
  }
}
