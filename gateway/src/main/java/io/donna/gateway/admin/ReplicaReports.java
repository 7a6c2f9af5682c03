package io.donna.gateway.admin;

import io.donna.gateway.cluster.Cluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets an operator at one replica see all others. Whoever looks at something names a report; the
 * other replicas write that report each second for as long as it is wanted. While nobody looks, a
 * replica only asks once a second whether somebody does. Safe from any thread.
 */
final class ReplicaReports implements AutoCloseable {
  /** The most reports that a replica writes, or wants, at a time. */
  static final int MOST = 64;

  /** The longest name of a report. */
  static final int LONGEST_NAME = 200;

  private static final Logger LOG = LoggerFactory.getLogger(ReplicaReports.class);

  private static final Duration EVERY = Duration.ofSeconds(1);

  /** How soon an answer is looked for that somebody waits for. */
  private static final Duration WHILE_AWAITED = Duration.ofMillis(100);

  /** How long a report is wanted after somebody looked at it. */
  private static final Duration WANTED = Duration.ofSeconds(15);

  /** Reports are gone soon after their replica, or the last who wanted them. */
  private static final Duration KEPT = Duration.ofSeconds(30);

  private static final Duration ANSWER = Duration.ofSeconds(2);

  private static final String WANTS = "wants";
  private static final String LINE = "\n";

  /** Begins each report, since an empty text removes a word. */
  private static final String THERE = "=";

  /**
   * What replicas have reported.
   *
   * @param unheard replicas that have not, in time
   */
  record Reports(List<Report> all, int unheard) {
    static final Reports NONE = new Reports(List.of(), 0);
  }

  /**
   * A report.
   *
   * @param replica the name of the replica
   */
  record Report(String replica, String text) {}

  /** Since when and until when a report is wanted, by {@code nanoTime}. */
  private record Want(long since, long until) {
    Want until(long later) {
      return new Want(since, later);
    }
  }

  /** Another replica, and what it has reported, by the reports' names. */
  private record Peer(String name, Map<String, String> reports) {}

  private final Cluster cluster;
  private final String replica;
  private final UnaryOperator<String> reporter;

  /** Names may be the same, as on one host. */
  private final String id = UUID.randomUUID().toString();

  /** What operators here look at, by the reports' names. */
  private final Map<String, Want> wanted = new ConcurrentHashMap<>();

  /** Other replicas by id, as they were last heard. */
  private volatile Map<String, Peer> peers = Map.of();

  /** What others want of this replica; confined to the thread. */
  private Set<String> written = Set.of();

  private final Semaphore wake = new Semaphore(0);
  private final Thread thread = Thread.ofVirtual().name("reports").unstarted(this::run);

  /**
   * @param replica the name of this replica, without line breaks
   * @param reporter makes a report by its name; empty if there is nothing to report
   */
  ReplicaReports(Cluster cluster, String replica, UnaryOperator<String> reporter) {
    this.cluster = cluster;
    this.replica = replica;
    this.reporter = reporter;
  }

  void start() {
    thread.start();
  }

  /** As {@link #ask(String, Duration, Predicate)}, of all replicas. */
  Reports ask(String report, Duration patience) throws InterruptedException {
    return ask(report, patience, one -> false);
  }

  /**
   * What the other replicas report.
   *
   * @param report its name, of at most {@value #LONGEST_NAME} characters in one line
   * @param patience how long those are waited for that have not reported yet
   * @param enough whether no others need to be waited for after this report
   */
  Reports ask(String report, Duration patience, Predicate<Report> enough)
      throws InterruptedException {
    if (!cluster.isShared() || report.length() > LONGEST_NAME || report.contains(LINE)) {
      return Reports.NONE;
    }
    long end = System.nanoTime() + patience.toNanos();
    want(report);
    Reports heard = heard(report);
    while (heard.unheard > 0
        && heard.all.stream().noneMatch(enough)
        && System.nanoTime() - end < 0) {
      Thread.sleep(WHILE_AWAITED);
      heard = heard(report);
    }
    return heard;
  }

  private void want(String report) {
    if (wanted.size() >= MOST && !wanted.containsKey(report)) {
      wanted.entrySet().stream()
          .min(Map.Entry.comparingByValue((one, other) -> Long.signum(one.until - other.until)))
          .ifPresent(oldest -> wanted.remove(oldest.getKey()));
    }
    long now = System.nanoTime();
    long until = now + WANTED.toNanos();
    Want want = wanted.merge(report, new Want(now, until), (known, added) -> known.until(until));
    if (want.since == now) {
      wake.release();
    }
  }

  private Reports heard(String report) {
    List<Report> reports = new ArrayList<>();
    for (Peer peer : cluster.isAnswering() ? peers.values() : List.<Peer>of()) {
      String text = peer.reports.get(report);
      if (text != null) {
        reports.add(new Report(peer.name, text));
      }
    }
    return new Reports(reports, Math.max(0, cluster.replicas() - 1 - reports.size()));
  }

  private void run() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        Duration pause = turnUnlessDefective();
        if (wake.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS)) {
          wake.drainPermits();
        }
      } catch (InterruptedException closed) {
        return;
      }
    }
  }

  /** Takes a turn; returns the pause until the next, which a defect does not shorten. */
  private Duration turnUnlessDefective() throws InterruptedException {
    try {
      turn();
      return isAwaiting() ? WHILE_AWAITED : EVERY;
    } catch (RuntimeException defect) {
      LOG.error("internal error: the replicas' reports go on with the next turn", defect);
      return EVERY;
    }
  }

  /** Whether a report is new here, and some replica has not written it yet. */
  private boolean isAwaiting() {
    long young = System.nanoTime() - ANSWER.toNanos();
    return wanted.entrySet().stream()
        .anyMatch(want -> want.getValue().since - young > 0 && heard(want.getKey()).unheard > 0);
  }

  private void turn() throws InterruptedException {
    long now = System.nanoTime();
    wanted.values().removeIf(want -> want.until - now < 0);
    Optional<List<Cluster.Word>> answer = say(wanted.keySet());
    if (answer.isEmpty()) {
      peers = Map.of();
      return;
    }
    Map<String, String> names = new LinkedHashMap<>();
    Set<String> asked = new LinkedHashSet<>();
    for (Cluster.Word word : answer.get()) {
      String[] lines = word.text().split(LINE, MOST + 3);
      if (!word.isOwn() && word.isOfLive() && lines.length >= 2) {
        names.put(lines[0], lines[1]);
        List.of(lines).stream().skip(2).filter(name -> asked.size() < MOST).forEach(asked::add);
      }
    }
    write(asked);
    peers = wanted.isEmpty() ? Map.of() : read(names);
  }

  /** Says who this replica is and what it wants, and hears it of the others. */
  private Optional<List<Cluster.Word>> say(Collection<String> wants) throws InterruptedException {
    Cluster.Subject subject = new Cluster.Subject("replicas", Duration.ofHours(1));
    String text = String.join(LINE, id, replica, String.join(LINE, wants)).strip();
    Optional<List<Cluster.Word>> answer =
        await(cluster.exchange(subject, Map.of(WANTS, text), List.of()));
    List<String> gone =
        answer.orElse(List.of()).stream()
            .filter(word -> !word.isOfLive() && !word.isOwn())
            .map(Cluster.Word::key)
            .toList();
    if (!gone.isEmpty()) {
      await(cluster.exchange(subject, Map.of(), gone));
    }
    return answer;
  }

  /** Writes what others want to see, and takes back what nobody does any more. */
  private void write(Set<String> asked) throws InterruptedException {
    Map<String, String> reports = new HashMap<>();
    written.forEach(name -> reports.put(name, ""));
    asked.forEach(name -> reports.put(name, THERE + reporter.apply(name)));
    if (!reports.isEmpty()) {
      await(cluster.exchange(reportsOf(id), reports, List.of()));
    }
    written = Set.copyOf(asked);
  }

  private Map<String, Peer> read(Map<String, String> names) throws InterruptedException {
    Map<String, Peer> heard = new LinkedHashMap<>();
    for (Map.Entry<String, String> peer : names.entrySet()) {
      Map<String, String> reports = new HashMap<>();
      await(cluster.exchange(reportsOf(peer.getKey()), Map.of(), List.of()))
          .orElse(List.of())
          .stream()
          .filter(word -> word.text().startsWith(THERE))
          .forEach(word -> reports.put(word.name(), word.text().substring(THERE.length())));
      heard.put(peer.getKey(), new Peer(peer.getValue(), reports));
    }
    return heard;
  }

  private static Cluster.Subject reportsOf(String id) {
    return new Cluster.Subject("reports " + id, KEPT);
  }

  private static <T> Optional<T> await(CompletionStage<Optional<T>> answer)
      throws InterruptedException {
    try {
      return answer.toCompletableFuture().get(ANSWER.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException unanswered) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
