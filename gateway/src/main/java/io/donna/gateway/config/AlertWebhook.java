package io.donna.gateway.config;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where messages of alerts are posted.
 *
 * @param secret signs the requests; empty if they are unsigned
 */
public record AlertWebhook(URI url, Format format, Optional<Secret> secret) {
  /** The bodies that a webhook may get. */
  public enum Format {
    /** {@link #SLACK} for Slack's own URLs, else {@link #JSON}. */
    AUTO,
    JSON,
    SLACK
  }

  private static final Set<String> OF_SLACK = Set.of("hooks.slack.com", "hooks.slack-gov.com");

  public AlertWebhook {
    if (format == Format.AUTO) {
      format = OF_SLACK.contains(url.getHost()) ? Format.SLACK : Format.JSON;
    }
  }

  /** What must not appear in logs: who knows the path of Slack's URLs can post by them. */
  List<Secret> secrets() {
    List<Secret> all = new ArrayList<>();
    secret.ifPresent(all::add);
    String path = url.getRawPath() == null ? "" : url.getRawPath();
    all.add(new Secret(path.replaceFirst("^/", "")));
    Optional.ofNullable(url.getRawQuery()).map(Secret::new).ifPresent(all::add);
    return all;
  }

  @Override
  public String toString() {
    return WebhookUrl.shown(url) + " (" + format + (secret.isPresent() ? ", signed)" : ")");
  }
}
