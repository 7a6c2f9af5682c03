package io.donna.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.donna.gateway.kit.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That the files in deploy/ are what their programs take. Prometheus and HAProxy run theirs. */
class DeployTest {
  private static final Path UNIT = Path.of("../deploy/systemd/donna-gateway.service");
  private static final Pattern EXPOSURE = Pattern.compile("Overall exposure level.*: (\\d+\\.\\d)");

  @TempDir private Path folder;

  /** The unit, as it would be where the gateway is installed. */
  private Path installed() throws IOException {
    String unit = Files.readString(UNIT);
    assertThat(unit).contains("ExecStart=/opt/donna/donna serve\n");
    return Files.writeString(
        folder.resolve("donna-gateway.service"),
        unit.replace("/opt/donna/donna", Tools.locate("true").toString()));
  }

  @Test
  void theUnitIsValidAndAsExposedAsTheDocumentsSay() throws IOException {
    Tools.need("systemd-analyze");
    String unit = installed().toString();
    Tools.Run valid = Tools.run(folder, "", "systemd-analyze", "verify", unit);
    assertThat(valid.output()).isEmpty();
    assertThat(valid.status()).isZero();

    Tools.Run security =
        Tools.run(folder, "", "systemd-analyze", "security", "--offline=true", "--no-pager", unit);
    Matcher exposure = EXPOSURE.matcher(security.output());
    assertThat(exposure.find()).as(security.output()).isTrue();
    assertThat(Files.readString(Path.of("../docs/operations.md")).replace('\n', ' '))
        .contains("rates its exposure " + exposure.group(1) + " of 10");
  }
}
