package io.donna.gateway.admin;

import java.io.IOException;
import java.io.OutputStream;

/** Renders metrics for a scrape. Called on virtual threads, never on an event loop. */
public interface MetricsSource {
  /** The media type of what {@link #write} writes. */
  String contentType();

  void write(OutputStream out) throws IOException;
}
