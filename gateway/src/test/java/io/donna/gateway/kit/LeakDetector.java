package io.donna.gateway.kit;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Netty's own detector, which the build puts in, and which tells the tests as well as the log. */
public final class LeakDetector<T> extends ResourceLeakDetector<T> {
  private static final List<String> FOUND = new CopyOnWriteArrayList<>();

  /** Called by Netty. */
  public LeakDetector(Class<?> resource, int interval) {
    super(resource, interval);
  }

  /** Looked for by Netty. */
  @SuppressWarnings("deprecation") // Netty asks for a constructor of this shape and deprecates it
  public LeakDetector(Class<?> resource, int interval, long unused) {
    super(resource, interval, unused);
  }

  @Override
  protected void reportTracedLeak(String resource, String records) {
    super.reportTracedLeak(resource, records);
    FOUND.add(resource + records);
  }

  @Override
  protected void reportUntracedLeak(String resource) {
    super.reportUntracedLeak(resource);
    FOUND.add(resource);
  }

  /** What was found since the last look, in what the collector has come by until now. */
  static List<String> find() {
    System.gc();
    // Leaks are told of when the next buffer is taken.
    ByteBufAllocator.DEFAULT.buffer().release();
    List<String> found = List.copyOf(FOUND);
    FOUND.clear();
    return found;
  }
}
