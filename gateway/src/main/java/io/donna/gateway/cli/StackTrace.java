package io.donna.gateway.cli;

import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import io.donna.gateway.audit.ForeignText;

/**
 * An exception with its causes as lines, of bounded length. Text quoted in a message cannot forge a
 * line: every line begins with the JDK's own prefix.
 */
final class StackTrace {
  static final int LONGEST = 16_384;

  private static final int LONGEST_TEXT = 512;

  private final StringBuilder lines = new StringBuilder();

  private StackTrace() {}

  static String of(IThrowableProxy fault) {
    StackTrace trace = new StackTrace();
    trace.append(fault, "");
    return trace.lines.toString();
  }

  private void append(IThrowableProxy fault, String caption) {
    line(caption + fault.getClassName() + ": ", String.valueOf(fault.getMessage()));
    StackTraceElementProxy[] frames = fault.getStackTraceElementProxyArray();
    for (int i = 0; i < frames.length - fault.getCommonFrames() && !isFull(); i++) {
      line("\t", frames[i].getSTEAsString());
    }
    for (IThrowableProxy suppressed : fault.getSuppressed()) {
      if (!isFull()) {
        append(suppressed, "Suppressed: ");
      }
    }
    if (fault.getCause() != null && !isFull()) {
      append(fault.getCause(), "Caused by: ");
    }
  }

  private boolean isFull() {
    return lines.length() > LONGEST - 2 * LONGEST_TEXT;
  }

  private void line(String ours, String text) {
    lines.append(ours).append(ForeignText.line(text, LONGEST_TEXT)).append('\n');
  }
}
