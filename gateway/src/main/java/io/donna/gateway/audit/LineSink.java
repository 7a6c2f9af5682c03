package io.donna.gateway.audit;

/** Receives finished log lines. Safe from any thread; never blocks, never throws. */
@FunctionalInterface
public interface LineSink {
  /**
   * Writes a line, or counts it as lost.
   *
   * @param kind of the line, of which there is a fixed number: lines of one kind share a limit
   * @param events the number of events that the line stands for, so that a loss counts them all
   * @param line without a line break
   */
  void write(String kind, int events, String line);
}
