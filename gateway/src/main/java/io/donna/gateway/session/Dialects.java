package io.donna.gateway.session;

import io.donna.gateway.config.DialectSettings;
import io.donna.gateway.dialect.Dialect;
import java.util.Optional;

/**
 * The dialects of clients and upstreams.
 *
 * @param clients empty if each client's dialect is detected
 */
public record Dialects(Optional<Dialect> clients, Dialect upstream) {
  public static Dialects of(DialectSettings settings) {
    return new Dialects(
        switch (settings.client()) {
          case AUTO -> Optional.empty();
          case GA -> Optional.of(Dialect.GA);
          case BETA -> Optional.of(Dialect.BETA);
        },
        switch (settings.upstream()) {
          case GA -> Dialect.GA;
          case BETA -> Dialect.BETA;
        });
  }
}
