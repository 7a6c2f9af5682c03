package io.donna.gateway.guard;

import io.donna.gateway.audit.MaskedAddress;
import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.audit.SecurityLog;

/** The session whose words are judged, and the security log for its findings. */
public record GuardContext(
    String account, MaskedAddress ip, String user, String id, SecurityLog log) {
  void record(Finding finding) {
    String guard = finding.rule().name();
    String on = finding.on().key();
    log.record(
        finding.failure().isPresent()
            ? new SecurityEvent.GuardFailed(
                ip, user, guard, on, finding.failure().get(), !finding.counts())
            : new SecurityEvent.GuardMatched(ip, user, guard, on, finding.action().key()));
  }
}
