package io.donna.gateway.session;

import io.donna.gateway.config.DialectSettings;
import io.donna.gateway.dialect.Dialect;
import java.util.Optional;

/**
 * Who speaks what.
 *
 * @param clients empty where each client shows it itself
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
