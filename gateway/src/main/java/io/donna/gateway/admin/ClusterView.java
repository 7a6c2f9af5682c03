package io.donna.gateway.admin;

import io.donna.gateway.admin.ReplicaReports.Report;
import io.donna.gateway.admin.ReplicaReports.Reports;
import io.donna.gateway.config.ClusterSettings;
import io.donna.gateway.config.Settings;
import io.donna.gateway.edge.Gateway;
import io.donna.gateway.event.Json;
import io.donna.gateway.metering.Spent;
import io.donna.gateway.session.SessionDetail;
import io.donna.gateway.session.SessionSnapshot;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What operators see: the sessions, the usage and the state of this replica, and of all others as
 * {@link ReplicaReports} tells. A gateway that is alone is the only replica. Safe from any thread.
 */
public final class ClusterView implements AutoCloseable {
  /** How long others are waited for by whoever looks at something for the first time. */
  static final Duration PATIENCE = Duration.ofMillis(2_500);

  /** Sessions that a replica reports, the latest. */
  static final int MOST_REPORTED = 500;

  private static final Logger LOG = LoggerFactory.getLogger(ClusterView.class);

  private static final String STATUS = "status";
  private static final String LIVE = "live";
  private static final String ENDED = "ended";
  private static final String SESSION = "session/";
  private static final String USAGE = "usage/";

  /** Made when a report is read: Jackson takes a tenth of a start. */
  private static final class Reader {
    static final Json JSON = Json.ofDocuments(8);
  }

  /**
   * Something put together of what replicas have said.
   *
   * @param unheard the number of replicas that have said nothing
   */
  record Seen<T>(T value, int unheard) {
    /** Adds to an answer how many replicas it leaves out. */
    ObjectNode addTo(ObjectNode answer) {
      return answer.put("unheard", unheard);
    }
  }

  private final Gateway gateway;
  private final String replica;
  private final ReplicaStatus status;
  private final ReplicaReports reports;

  /** Each view is a task for an event loop, which has calls to relay. */
  private final SharedReading<List<SessionSnapshot>> views;

  private ClusterView(Gateway gateway, String replica, String version, Clock clock) {
    this.gateway = gateway;
    this.replica = replica;
    this.status = new ReplicaStatus(gateway, isShared() ? replica : "", version, clock);
    this.reports = new ReplicaReports(gateway.cluster(), replica, this::report);
    this.views = new SharedReading<>(gateway.sessions()::views);
  }

  /**
   * The view of a gateway. If there may be other replicas, looks at this one's counters from now
   * on, and reports to them; else only once {@link #show} is called.
   *
   * @param settings those of the gateway
   * @param version the gateway's
   */
  public static ClusterView start(Gateway gateway, Settings settings, String version, Clock clock) {
    String replica = settings.cluster().map(ClusterSettings::replica).orElse("");
    ClusterView view = new ClusterView(gateway, replica, version, clock);
    if (view.isShared()) {
      view.show();
      view.reports.start();
    }
    return view;
  }

  /** Somebody may look: looks at this replica's counters from now on. */
  void show() {
    status.start();
  }

  boolean isShared() {
    return gateway.cluster().isShared();
  }

  /** How this replica is. */
  ObjectNode status() throws InterruptedException {
    return status.of(views.get());
  }

  /**
   * What is shown each second.
   *
   * @param status of this replica, with those of the {@code others}
   * @param live the live sessions of all replicas, as far as they are known
   */
  record Now(ObjectNode status, List<ListedSession> live) {}

  /** Waits for no other replica. */
  Now now() throws InterruptedException {
    List<SessionSnapshot> own = views.get();
    ObjectNode here = status.of(own);
    Seen<List<JsonNode>> others = otherStatuses(Duration.ZERO);
    others.value().forEach(here.putArray("others")::add);
    return new Now(others.addTo(here), withOthers(own, LIVE, Duration.ZERO).value());
  }

  /** How each other replica is, by name. */
  Seen<List<JsonNode>> otherStatuses(Duration patience) throws InterruptedException {
    Reports heard = reports.ask(STATUS, patience);
    return new Seen<>(
        heard.all().stream()
            .map(report -> read(report.text()))
            .filter(JsonNode::isObject)
            .sorted(Comparator.comparing(other -> other.path("replica").asString("")))
            .toList(),
        heard.unheard());
  }

  /** The live sessions: all of this replica, and the latest of each other one. */
  Seen<List<ListedSession>> live(Duration patience) throws InterruptedException {
    return withOthers(views.get(), LIVE, patience);
  }

  /** The last sessions that have ended. */
  Seen<List<ListedSession>> ended(Duration patience) throws InterruptedException {
    return withOthers(gateway.sessions().ended(), ENDED, patience);
  }

  private Seen<List<ListedSession>> withOthers(
      List<SessionSnapshot> own, String report, Duration patience) throws InterruptedException {
    Reports heard = reports.ask(report, patience);
    List<ListedSession> all = new ArrayList<>(own.size());
    own.forEach(session -> all.add(new ListedSession(here(), session)));
    for (Report other : heard.all()) {
      sessions(other)
          .forEach(session -> all.add(new ListedSession(Optional.of(other.replica()), session)));
    }
    return new Seen<>(all, heard.unheard());
  }

  private Optional<String> here() {
    return isShared() ? Optional.of(replica) : Optional.empty();
  }

  private static List<SessionSnapshot> sessions(Report report) {
    try {
      return read(report.text()).valueStream().map(SessionJson::read).toList();
    } catch (IllegalArgumentException | JacksonException damaged) {
      LOG.error("the sessions that replica {} reports cannot be read: left out", report.replica());
      return List.of();
    }
  }

  private static JsonNode read(String text) {
    return Reader.JSON.read(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A session with its turns, as the API shows it, wherever it is or was. */
  Optional<JsonNode> session(String id) throws InterruptedException {
    Optional<JsonNode> here = gateway.sessions().find(id).map(this::named);
    if (here.isPresent()) {
      return here;
    }
    Predicate<Report> isThere = report -> !report.text().isEmpty();
    return reports.ask(SESSION + id, PATIENCE, isThere).all().stream()
        .filter(isThere)
        .map(report -> read(report.text()))
        .filter(JsonNode::isObject)
        .findFirst();
  }

  /** What has been spent on all replicas. */
  Seen<Map<String, Spent>> spending(UsageQuestion question, Duration patience)
      throws InterruptedException {
    Reports heard = reports.ask(USAGE + question.text(), patience);
    Map<String, Spent> sum = question.ask(gateway);
    for (Report other : heard.all()) {
      UsageQuestion.read(read(other.text()))
          .forEach((name, spent) -> sum.merge(name, spent, question::together));
    }
    return new Seen<>(sum, heard.unheard());
  }

  /** What this replica tells another one. */
  private String report(String name) {
    try {
      if (name.startsWith(SESSION)) {
        return gateway
            .sessions()
            .find(name.substring(SESSION.length()))
            .map(detail -> named(detail).toString())
            .orElse("");
      }
      if (name.startsWith(USAGE)) {
        return UsageQuestion.parse(name.substring(USAGE.length()))
            .map(question -> UsageQuestion.write(question.ask(gateway)).toString())
            .orElse("");
      }
      return switch (name) {
        case STATUS -> status().toString();
        case LIVE ->
            rows(
                views.get().stream()
                    .sorted(Comparator.comparing(SessionSnapshot::begun).reversed())
                    .toList());
        case ENDED -> rows(gateway.sessions().ended());
        default -> ""; // of a later version
      };
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  private JsonNode named(SessionDetail detail) {
    ObjectNode json = SessionJson.of(detail);
    json.withObject("session").put("replica", here().orElse(null));
    return json;
  }

  private static String rows(List<SessionSnapshot> sessions) {
    ArrayNode rows = AdminResponse.object().putArray("rows");
    sessions.stream().limit(MOST_REPORTED).forEach(session -> rows.add(SessionJson.of(session)));
    return rows.toString();
  }

  @Override
  public void close() {
    reports.close();
    status.close();
  }
}
