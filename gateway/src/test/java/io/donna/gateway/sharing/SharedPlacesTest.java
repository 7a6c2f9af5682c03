package io.donna.gateway.sharing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SharedPlacesTest {
  private static int takeAll(SharedPlaces places, String account) {
    int taken = 0;
    while (places.take(account)) {
      taken++;
    }
    return taken;
  }

  @Test
  void givesOneAccountNoMoreThanItsShare() {
    SharedPlaces places = SharedPlaces.ofWhich(10, 4);

    assertThat(takeAll(places, "a")).isEqualTo(4);
    assertThat(takeAll(places, "b")).isEqualTo(4);
    assertThat(takeAll(places, "c")).isEqualTo(2);
    assertThat(places.taken()).isEqualTo(10);
  }

  @Test
  void leavesAsMuchForOthersAsOneTakes() {
    SharedPlaces places = SharedPlaces.inHalves(1_000);

    assertThat(takeAll(places, "hog")).isEqualTo(500);
    assertThat(takeAll(places, "next")).isEqualTo(250);
    for (int user = 0; user < 5; user++) {
      takeAll(places, "user " + user);
    }
    assertThat(places.take("voice")).isTrue();
  }

  @Test
  void takesBackWhatIsGivenBackAndNothingForARefusal() {
    SharedPlaces places = SharedPlaces.ofWhich(10, 4);
    takeAll(places, "a");
    for (int i = 0; i < 4; i++) {
      places.giveBack("a");
    }

    assertThat(places.taken()).isZero();
    assertThat(takeAll(places, "a")).isEqualTo(4);
  }
}
