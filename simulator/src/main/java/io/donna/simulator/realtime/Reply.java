package io.donna.simulator.realtime;

import io.donna.simulator.speech.Clip;
import java.util.List;

/** The content of a response. */
sealed interface Reply {
  record Written(String text) implements Reply {}

  record Spoken(List<Clip> clips) implements Reply {}

  record Call(String name, String arguments) implements Reply {}
}
