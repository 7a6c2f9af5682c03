package io.donna.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class KeptUpstreamsTest {
  @Test
  void keepsSoManyOfOneUserAndSoManyInAll() {
    KeptUpstreams places = new KeptUpstreams(6, kept -> false);
    for (int i = 0; i < KeptUpstreams.OF_ONE_USER; i++) {
      assertThat(places.take("ann")).isTrue();
    }

    assertThat(places.take("ann")).isFalse();
    assertThat(places.take("bob")).isTrue();
    assertThat(places.take("cyd")).isTrue();
    assertThat(places.take("dan")).isFalse();
    places.giveBack("ann");
    assertThat(places.take("ann")).isTrue();
    assertThat(places.total()).isEqualTo(6);
  }

  @Test
  void keepsNoneWhileTheProcessIsShort() {
    AtomicBoolean shortage = new AtomicBoolean(true);
    KeptUpstreams places = new KeptUpstreams(6, kept -> shortage.get());

    assertThat(places.take("ann")).isFalse();
    shortage.set(false);
    assertThat(places.take("ann")).isTrue();
    shortage.set(true);
    assertThat(places.isShort()).isTrue();
    assertThat(places.total()).isEqualTo(1);
  }
}
