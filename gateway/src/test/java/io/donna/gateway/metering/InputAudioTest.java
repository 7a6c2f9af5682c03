package io.donna.gateway.metering;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The upstream's buffer: what was sent to it, and what it has taken out. */
class InputAudioTest {
  private static final int PCM = 48_000;
  private static final int G711 = 8_000;
  private static final long SECOND = 1_000_000;
  private static final long DAY_MS = 86_400_000;

  /** Base64 of a second of PCM. */
  private static final int PCM_SECOND = 64_000;

  private final InputAudio input = new InputAudio();

  private void send(int seconds) {
    input.append((long) seconds * PCM_SECOND);
  }

  @Test
  void takesTheSparestFormatUntilEveryUpdateIsAnswered() {
    assertThat(input.bytesPerSecond()).isEqualTo(PCM);
    input.ask(G711);
    input.ask(PCM);
    assertThat(input.bytesPerSecond()).isEqualTo(G711);
    assertThat(input.unanswered()).isEqualTo(2);
    assertThat(input.isChanging()).isTrue();
    input.state(PCM, true);
    assertThat(input.bytesPerSecond()).isEqualTo(G711);
    input.state(PCM, false);
    assertThat(input.unanswered()).isEqualTo(1);
    input.state(PCM, true);
    assertThat(input.bytesPerSecond()).isEqualTo(PCM);
    assertThat(input.isChanging()).isFalse();
    input.state(G711, true);
    assertThat(input.unanswered()).isZero();
    assertThat(input.bytesPerSecond()).isEqualTo(G711);
    input.ask(PCM);
    assertThat(input.isChanging()).isTrue();
  }

  @Test
  void emptiesTheBufferUpToWhereItWasAskedTo() {
    send(2);
    input.askToClear();
    send(3);
    input.askToClear();
    send(4);
    assertThat(input.taken()).isZero();
    input.cleared();
    assertThat(input.taken()).isEqualTo(2 * SECOND);
    input.cleared();
    assertThat(input.taken()).isEqualTo(5 * SECOND);
    input.cleared();
    assertThat(input.taken()).isEqualTo(5 * SECOND);
    assertThat(input.sent()).isEqualTo(9 * SECOND);
    assertThat(input.commit(4 * SECOND)).isZero();
    assertThat(input.commit(9 * SECOND)).isEqualTo(4 * SECOND);
  }

  /** More than 64 that nobody answers are no conversation. */
  @Test
  void remembersABoundedNumberOfClears() {
    for (int i = 0; i < 100; i++) {
      send(1);
      input.askToClear();
    }
    for (int i = 0; i < 100; i++) {
      input.cleared();
    }

    assertThat(input.taken()).isEqualTo(64 * SECOND);
  }

  @Test
  void knowsATurnByWhatTheUpstreamSays() {
    assertThat(input.isInTurn()).isFalse();
    input.speechStarted(0);
    assertThat(input.isInTurn()).isTrue();
    input.speechStopped("i1", 0);
    assertThat(input.isInTurn()).isFalse();
    assertThat(input.hasFound("i1")).isTrue();
    assertThat(input.hasFound("i2")).isFalse();
    assertThat(input.hasFound("")).isFalse();
    input.speechStarted(900);
    assertThat(input.isInTurn()).isTrue();
    input.commitFound();
    assertThat(input.isInTurn()).isFalse();
    assertThat(input.hasFound("i1")).isFalse();
  }

  /** By the session's first byte or the buffer's, whichever leaves less in the buffer. */
  @Test
  void takesATurnByItsTimes() {
    send(10);
    input.speechStarted(1_000);
    input.speechStopped("i1", 4_000);
    assertThat(input.commitFound()).isEqualTo(3 * SECOND);
    assertThat(input.taken()).isEqualTo(4 * SECOND);
    input.speechStarted(0);
    input.speechStopped("i2", 2_000);
    assertThat(input.commitFound()).isEqualTo(2 * SECOND);
    assertThat(input.taken()).isEqualTo(6 * SECOND);
    input.speechStarted(7_000);
    input.speechStopped("i3", 7_000);
    assertThat(input.commitFound()).isZero();
    assertThat(input.taken()).isEqualTo(7 * SECOND);
  }

  @Test
  void takesNoMoreOutThanWasSentAndBillsNoTurnLongerThanADay() {
    send(1);
    input.speechStarted(0);
    input.speechStopped("i1", Long.MAX_VALUE);

    assertThat(input.commitFound()).isEqualTo(DAY_MS * 1_000);
    assertThat(input.taken()).isEqualTo(SECOND);
  }

  @Test
  void takesAllThatWasSentWhereNoTimesAreStated() {
    send(2);
    assertThat(input.commitFound()).isEqualTo(2 * SECOND);
    send(3);
    input.speechStarted(5_000);
    assertThat(input.commitFound()).isEqualTo(3 * SECOND);
    send(4);
    input.speechStarted(5_000);
    input.speechStopped("i1", 4_999);
    assertThat(input.commitFound()).isEqualTo(4 * SECOND);
    send(1);
    input.speechStarted(-1);
    input.speechStopped("i1", 4_999);
    assertThat(input.commitFound()).isEqualTo(SECOND);
  }
}
