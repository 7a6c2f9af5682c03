package io.donna.gateway.faults;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toMap;

import io.donna.gateway.kit.Tools;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.regex.Pattern;

/** What is alive on a process's heap after a full collection, as {@code jcmd} counts it. */
record LiveObjects(Map<String, Count> byClass) {
  record Count(long instances, long bytes) {
    private static final Count NONE = new Count(0, 0);
  }

  private static final Pattern ROW =
      Pattern.compile("(?m)^ *\\d+: +(?<instances>\\d+) +(?<bytes>\\d+) +(?<name>\\S+)");
  private static final int WORTH_NAMING = 8;

  static LiveObjects of(Process process) {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    Tools.Run run =
        Tools.run(Path.of("."), "", jcmd, Long.toString(process.pid()), "GC.class_histogram");
    if (run.status() != 0) {
      throw new AssertionError(run.output());
    }
    return new LiveObjects(
        ROW.matcher(run.output())
            .results()
            .collect(
                toMap(
                    row -> row.group("name"),
                    row ->
                        new Count(
                            Long.parseLong(row.group("instances")),
                            Long.parseLong(row.group("bytes"))),
                    // Two class loaders may each have a class of that name.
                    (one, other) ->
                        new Count(one.instances + other.instances, one.bytes + other.bytes))));
  }

  private Count count(String className) {
    return byClass.getOrDefault(className, Count.NONE);
  }

  /** Instances of exactly this class. */
  long instancesOf(String className) {
    return count(className).instances;
  }

  long bytes() {
    return byClass.values().stream().mapToLong(Count::bytes).sum();
  }

  /** The classes that take the most of what has been added since {@code before}. */
  String growthSince(LiveObjects before) {
    return byClass.keySet().stream()
        .sorted(
            Comparator.comparingLong((String name) -> before.count(name).bytes - count(name).bytes))
        .limit(WORTH_NAMING)
        .map(name ->
            "%+d bytes in %+d %s"
                .formatted(
                    count(name).bytes - before.count(name).bytes,
                    count(name).instances - before.count(name).instances,
                    name))
        .collect(joining("; "));
  }
}
