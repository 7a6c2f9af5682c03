package io.donna.gateway.telemetry.otel;

import io.donna.gateway.audit.ForeignText;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends what the SDK logs by {@code java.util.logging} to the gateway's log, a line each: why an
 * export failed, which the SDK says at most a few times a minute.
 */
final class SdkLog extends Handler {
  private static final org.slf4j.Logger LOG = LoggerFactory.getLogger("OpenTelemetry");

  /** In characters. A collector's answer may be in it. */
  private static final int LONGEST = 300;

  /** Kept, as {@code java.util.logging} forgets loggers that nobody holds, and their handlers. */
  private static final Logger OF_SDK = Logger.getLogger("io.opentelemetry");

  private SdkLog() {}

  /** Begins, once for the process. */
  static synchronized void begin() {
    for (Handler handler : OF_SDK.getHandlers()) {
      if (handler instanceof SdkLog) {
        return;
      }
    }
    OF_SDK.setUseParentHandlers(false);
    OF_SDK.addHandler(new SdkLog());
  }

  @Override
  public void publish(LogRecord line) {
    if (line.getLevel().intValue() < Level.WARNING.intValue()) {
      return;
    }
    Throwable cause = line.getThrown();
    String text = line.getMessage() + (cause == null ? "" : " (" + cause + ")");
    LOG.warn("{}", ForeignText.line(text, LONGEST));
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
