package io.donna.gateway.admin;

import io.donna.gateway.admission.FileDescriptorBudget;
import io.donna.gateway.alerts.Alert;
import io.donna.gateway.edge.Gateway;
import io.donna.gateway.session.SessionSnapshot;
import io.donna.gateway.telemetry.SessionState;
import io.donna.gateway.telemetry.Telemetry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tells those who watch the {@link LiveFeed}, once a second, how the gateway is and which sessions
 * and alerts have changed. Does nothing while nobody watches. Safe from any thread.
 */
final class LiveView implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LiveView.class);

  private static final Duration EVERY = Duration.ofSeconds(1);

  /**
   * Sessions shown live, the latest: no screen has room for more, and a subscriber must keep up.
   */
  static final int MOST_SHOWN = 2_000;

  /** Sessions in one event. */
  private static final int ROWS = 500;

  private final Gateway gateway;
  private final SharedReading<List<SessionSnapshot>> views;
  private final LiveFeed feed;
  private final String version;
  private final Clock clock;
  private final Instant started;
  private final MinuteIncrease refusals;
  private final MinuteIncrease cost;
  private final Thread thread = Thread.ofVirtual().name("live view").unstarted(this::run);

  private volatile double lastRefused;
  private volatile double lastSpent;

  /** The sessions as last shown, by id. Confined to the thread. */
  private Map<String, SessionSnapshot> shown = Map.of();

  /** The alerts as last shown. Confined to the thread. */
  private List<Alert> shownAlerts = List.of();

  /**
   * @param views of the live sessions
   * @param version the gateway's
   * @param started when the gateway did
   */
  LiveView(
      Gateway gateway,
      SharedReading<List<SessionSnapshot>> views,
      LiveFeed feed,
      String version,
      Instant started,
      Clock clock) {
    this.gateway = gateway;
    this.views = views;
    this.feed = feed;
    this.version = version;
    this.clock = clock;
    this.started = started;
    Telemetry telemetry = gateway.telemetry();
    this.refusals = new MinuteIncrease(telemetry.decisions()::refusals);
    this.cost = new MinuteIncrease(telemetry.usage()::cost);
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/v1/status", OperatorRole.VIEWER, call -> AdminResponse.ok(status())),
        Route.get(
            "/api/v1/events",
            OperatorRole.VIEWER,
            call ->
                new AdminResponse.Events(
                    call.operator().name(),
                    call.stillAllowed(),
                    stream -> {
                      feed.subscribe(stream);
                      Thread.ofVirtual().name("greeting").start(() -> greet(stream));
                    })));
  }

  private ObjectNode status() throws InterruptedException {
    return now(views.get(), lastRefused, lastSpent);
  }

  void start() {
    thread.start();
  }

  /** Sends a new subscriber all that is shown. */
  private void greet(EventStream stream) {
    try {
      send(latest(views.get()), stream);
      publishAlerts();
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private static void send(List<SessionSnapshot> all, EventStream stream) {
    boolean first = true;
    for (int from = 0; first || from < all.size(); from += ROWS) {
      List<SessionSnapshot> rows = all.subList(from, Math.min(all.size(), from + ROWS));
      stream.send("sessions", sessions(first, rows, List.of()).toString());
      first = false;
    }
  }

  private static List<SessionSnapshot> latest(List<SessionSnapshot> sessions) {
    return sessions.stream()
        .sorted(Comparator.comparing(SessionSnapshot::begun).reversed())
        .limit(MOST_SHOWN)
        .toList();
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(EVERY);
        show();
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private void show() throws InterruptedException {
    try {
      lastRefused = refusals.look();
      lastSpent = cost.look();
      if (feed.isWatched()) {
        List<SessionSnapshot> all = views.get();
        ObjectNode now = now(all, lastRefused, lastSpent);
        feed.publish("now", now::toString);
        showChanges(latest(all));
        showAlerts(gateway.alerts().active());
      } else {
        shown = Map.of();
      }
    } catch (RuntimeException fault) {
      LOG.error("the live view cannot be made", fault);
    }
  }

  private void showChanges(List<SessionSnapshot> sessions) {
    Map<String, SessionSnapshot> before = shown;
    Map<String, SessionSnapshot> now =
        sessions.stream()
            .collect(
                Collectors.toMap(
                    SessionSnapshot::id,
                    Function.identity(),
                    (one, other) -> one,
                    LinkedHashMap::new));
    shown = now;
    List<SessionSnapshot> changed =
        sessions.stream().filter(session -> !session.equals(before.get(session.id()))).toList();
    List<String> gone = before.keySet().stream().filter(id -> !now.containsKey(id)).toList();
    for (int from = 0; from < changed.size(); from += ROWS) {
      List<SessionSnapshot> rows = changed.subList(from, Math.min(changed.size(), from + ROWS));
      feed.publish("sessions", sessions(false, rows, List.of())::toString);
    }
    if (!gone.isEmpty()) {
      feed.publish("sessions", sessions(false, List.of(), gone)::toString);
    }
  }

  /** Publishes the alerts if one has begun or ended, or has another value. */
  private void showAlerts(List<Alert> active) {
    if (!active.equals(shownAlerts)) {
      shownAlerts = active;
      publishAlerts();
    }
  }

  /**
   * Looks when the event is written: whoever subscribes meanwhile is never left with older ones.
   */
  private void publishAlerts() {
    feed.publish("alerts", () -> AlertsApi.event(gateway.alerts().active()).toString());
  }

  private static ObjectNode sessions(
      boolean all, Collection<SessionSnapshot> rows, Collection<String> gone) {
    ObjectNode json = AdminResponse.object().put("all", all);
    ArrayNode items = json.putArray("rows");
    rows.forEach(row -> items.add(SessionJson.of(row)));
    ArrayNode ids = json.putArray("gone");
    gone.forEach(ids::add);
    return json;
  }

  private ObjectNode now(List<SessionSnapshot> all, double refused, double spent) {
    Telemetry telemetry = gateway.telemetry();
    Instant time = clock.instant();
    ObjectNode json =
        AdminResponse.object()
            .put("time", time.truncatedTo(ChronoUnit.MILLIS).toString())
            .put("version", version)
            .put("uptimeSeconds", Duration.between(started, time).toSeconds());
    Map<SessionState, Long> states =
        all.stream().collect(Collectors.groupingBy(SessionSnapshot::state, Collectors.counting()));
    ObjectNode sessions = json.putObject("sessions");
    for (SessionState state : SessionState.values()) {
      if (state != SessionState.ENDED) {
        sessions.put(state.label(), states.getOrDefault(state, 0L));
      }
    }
    json.put("connections", gateway.connections())
        .put("refusalsPerMinute", (long) refused)
        .put("usdPerMinute", spent);
    telemetry
        .voice()
        .recent()
        .quantiles()
        .ifPresentOrElse(
            wait ->
                json.putObject("wait")
                    .put("turns", wait.turns())
                    .put("p50Ms", wait.p50Ms())
                    .put("p95Ms", wait.p95Ms()),
            () -> json.putNull("wait"));
    json.put("loopLagMs", telemetry.loopLag() * 1_000).put("heldBytes", gateway.heldBytes());
    json.putObject("descriptors")
        .put("open", FileDescriptorBudget.open())
        .put("limit", FileDescriptorBudget.limit());
    ArrayNode upstreams = json.putArray("upstreams");
    telemetry
        .upstreams()
        .states()
        .forEach((name, up) -> upstreams.addObject().put("name", name).put("up", up));
    return json.put("draining", gateway.gate().isClosing())
        .put("switchedOn", gateway.gate().isEnabled());
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
