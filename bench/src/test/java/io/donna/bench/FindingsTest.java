package io.donna.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FindingsTest {
  @Test
  void aRatioBelowOneIsAlwaysTheGatewaysGain() {
    Findings findings = new Findings("");
    findings.add("voice.cpu", true, "nginx", 20);
    findings.add("voice.cpu", true, "gateway", 10);
    findings.add("sessions.rate", false, "node", 500);
    findings.add("sessions.rate", false, "gateway", 1_000);

    assertThat(findings.ratios())
        .containsEntry("voice.cpu/nginx", 0.5)
        .containsEntry("sessions.rate/node", 0.5)
        .hasSize(2);
  }

  @Test
  void aPolicyIsComparedWithTheGatewayWithoutOneAndWithNobodyElse() {
    Findings findings = new Findings("");
    findings.add("voice.cpu", true, "nginx", 20);
    findings.add("voice.cpu", true, "gateway", 10);
    findings.add("voice.cpu", true, "policy", 12);

    assertThat(findings.ratios())
        .containsEntry("voice.cpu/nginx", 0.5)
        .containsEntry("voice.cpu.policy/gateway", 1.2)
        .hasSize(2);
  }
}
