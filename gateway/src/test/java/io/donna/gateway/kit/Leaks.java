package io.donna.gateway.kit;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class after which Netty finds a buffer that nobody released. On for every class, by
 * {@code META-INF/services}.
 */
public final class Leaks implements AfterAllCallback {
  @Override
  public void afterAll(ExtensionContext context) {
    List<String> found = LeakDetector.find();
    if (!found.isEmpty()) {
      fail(found.size() + " buffers were never released, the first: " + found.getFirst());
    }
  }
}
