package io.donna.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DeliveryCheckTest {
  private static final AudioMessage MESSAGE = AudioMessage.append(200);

  private final Tally tally = new Tally();
  private final Alarm alarm = new Alarm();
  private final DeliveryCheck check = new DeliveryCheck(MESSAGE, tally, alarm);

  @Test
  void countsMessagesInOrder() {
    check.onMessage(message(5, 0));
    check.onMessage(message(5, 1));

    assertThat(tally.delivered()).isEqualTo(2);
    assertThatCode(() -> alarm.sleep(Duration.ZERO)).doesNotThrowAnyException();
  }

  @Test
  void raisesTheAlarmForALostMessage() {
    check.onMessage(message(5, 0));
    check.onMessage(message(5, 2));

    assertAlarm("message 2 of session 5 arrived where 1 of session 5 was due");
  }

  @Test
  void raisesTheAlarmForAnotherSessionsMessage() {
    check.onMessage(message(5, 0));
    check.onMessage(message(6, 1));

    assertAlarm("message 1 of session 6 arrived where 1 of session 5 was due");
  }

  @Test
  void raisesTheAlarmForAChangedByte() {
    byte[] changed = message(5, 0);
    changed[changed.length - 5] ^= 1;

    check.onMessage(changed);

    assertAlarm("arrived other than it was sent");
  }

  @Test
  void raisesTheAlarmForACutMessage() {
    byte[] whole = message(5, 0);

    check.onMessage(Arrays.copyOf(whole, whole.length - 1));

    assertAlarm("arrived other than it was sent");
  }

  private void assertAlarm(String words) {
    assertThatThrownBy(() -> alarm.sleep(Duration.ZERO))
        .isInstanceOf(BenchmarkFailed.class)
        .hasMessageContaining(words);
  }

  private static byte[] message(int session, int sequence) {
    byte[] text = MESSAGE.text();
    byte[] stamp = new Stamp(session, sequence, System.nanoTime()).ascii();
    System.arraycopy(stamp, 0, text, MESSAGE.stampAt(), stamp.length);
    return text;
  }
}
