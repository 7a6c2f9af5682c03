package io.donna.gateway.faults;

import io.donna.gateway.kit.Tools;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is alive on a process's heap after a full collection, as {@code jcmd} counts it. */
record LiveObjects(String histogram) {
  static LiveObjects of(Process process) {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    Tools.Run run =
        Tools.run(Path.of("."), "", jcmd, Long.toString(process.pid()), "GC.class_histogram");
    if (run.status() != 0) {
      throw new AssertionError(run.output());
    }
    return new LiveObjects(run.output());
  }

  /** Instances of exactly this class. */
  long instancesOf(String className) {
    Matcher row =
        Pattern.compile("(?m)^ *\\d+: +(\\d+) +\\d+ +" + Pattern.quote(className) + "(?: |$)")
            .matcher(histogram);
    return row.find() ? Long.parseLong(row.group(1)) : 0;
  }

  long bytes() {
    Matcher total = Pattern.compile("(?m)^Total +\\d+ +(\\d+)").matcher(histogram);
    if (!total.find()) {
      throw new AssertionError(histogram);
    }
    return Long.parseLong(total.group(1));
  }
}
