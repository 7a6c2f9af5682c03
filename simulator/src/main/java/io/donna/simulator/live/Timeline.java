package io.donna.simulator.live;

import io.donna.simulator.audio.AudioFormat;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * The session's clock: the audio received, in frames of 100 ms. Confined to the session's event
 * loop.
 */
final class Timeline {
  static final int FRAME_MILLIS = 100;

  /** Receives each frame of input. The frame must not be kept. */
  interface Listener {
    /** A frame was heard, which ends at this position. Tasks that are due have yet to run. */
    void heard(short[] frame, long endMillis);

    /** The tasks that were due at this position have run. */
    void passed(long endMillis);
  }

  private final Listener listener;
  private final short[] frame;
  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(
          Comparator.comparingLong(Task::dueMillis).thenComparingLong(Task::number));
  private int inFrame;
  private long millis;
  private long scheduled;
  private boolean stopped;

  Timeline(AudioFormat format, Listener listener) {
    this.listener = listener;
    this.frame = new short[format.samples(FRAME_MILLIS)];
  }

  /** The position: the end of the last whole frame. */
  long millis() {
    return millis;
  }

  void append(short[] samples) {
    for (short sample : samples) {
      frame[inFrame++] = sample;
      if (inFrame == frame.length) {
        inFrame = 0;
        pass();
      }
    }
  }

  /** Runs the task with the first frame that ends at this position or later. */
  void at(long dueMillis, Runnable task) {
    tasks.add(new Task(dueMillis, scheduled++, task));
  }

  /** Runs the task that much later on the timeline. */
  void after(long waitMillis, Runnable task) {
    at(millis + waitMillis, task);
  }

  /** Lets no further time pass. */
  void stop() {
    stopped = true;
    tasks.clear();
  }

  private void pass() {
    if (stopped) {
      return;
    }
    millis += FRAME_MILLIS;
    listener.heard(frame, millis);
    for (Task next = tasks.peek(); next != null && next.dueMillis <= millis; next = tasks.peek()) {
      tasks.remove();
      next.action.run();
    }
    if (!stopped) {
      listener.passed(millis);
    }
  }

  private record Task(long dueMillis, long number, Runnable action) {}
}
