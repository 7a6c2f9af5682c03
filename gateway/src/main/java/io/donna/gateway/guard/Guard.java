package io.donna.gateway.guard;

import java.io.IOException;

/** Judges words. Safe from any thread. */
public interface Guard {
  /**
   * Whether these are words that it is there to find. May block: it runs on a virtual thread of its
   * own, which is interrupted when its time is up; its rule says what an exception means.
   *
   * @throws IOException where it cannot tell; the message goes to the log and holds none of them
   */
  boolean matches(Utterance utterance) throws IOException, InterruptedException;
}
