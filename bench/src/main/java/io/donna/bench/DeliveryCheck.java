package io.donna.bench;

/**
 * Checks that the messages of a connection belong to one session and arrive complete, in order and
 * unchanged. Confined to the event loop.
 */
final class DeliveryCheck {
  private final AudioMessage expected;
  private final Tally tally;
  private final Alarm alarm;
  private int session;
  private int next;

  DeliveryCheck(AudioMessage expected, Tally tally, Alarm alarm) {
    this.expected = expected;
    this.tally = tally;
    this.alarm = alarm;
  }

  boolean isOfItsKind(byte[] text) {
    return expected.isKindOf(text);
  }

  void onMessage(byte[] text) {
    long now = System.nanoTime();
    if (!expected.isWhole(text)) {
      alarm.raise("a message of " + text.length + " bytes arrived other than it was sent");
      return;
    }
    Stamp stamp = Stamp.parse(text, expected.stampAt());
    if (next == 0) {
      session = stamp.session();
    }
    if (stamp.session() != session || stamp.sequence() != next) {
      alarm.raise(
          "message %d of session %d arrived where %d of session %d was due"
              .formatted(stamp.sequence(), stamp.session(), next, session));
    }
    next++;
    tally.countDelivered(now - stamp.sentNanos());
  }
}
