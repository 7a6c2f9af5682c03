package io.donna.gateway.admin;

import io.donna.gateway.alerts.Alert;
import io.donna.gateway.edge.Gateway;
import java.time.Duration;
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
  private final ClusterView cluster;
  private final LiveFeed feed;
  private final Thread thread = Thread.ofVirtual().name("live view").unstarted(this::run);

  /** The sessions as last shown, by id. Confined to the thread. */
  private Map<String, ListedSession> shown = Map.of();

  /** The alerts as last shown. Confined to the thread. */
  private List<Alert> shownAlerts = List.of();

  LiveView(Gateway gateway, ClusterView cluster, LiveFeed feed) {
    this.gateway = gateway;
    this.cluster = cluster;
    this.feed = feed;
  }

  List<Route> routes() {
    return List.of(
        Route.get(
            "/api/v1/status", OperatorRole.VIEWER, call -> AdminResponse.ok(cluster.status())),
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

  void start() {
    cluster.show();
    thread.start();
  }

  /** Sends a new subscriber all that is shown. */
  private void greet(EventStream stream) {
    try {
      send(latest(cluster.live(Duration.ZERO).value()), stream);
      publishAlerts();
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private static void send(List<ListedSession> all, EventStream stream) {
    boolean first = true;
    for (int from = 0; first || from < all.size(); from += ROWS) {
      List<ListedSession> rows = all.subList(from, Math.min(all.size(), from + ROWS));
      stream.send("sessions", sessions(first, rows, List.of()).toString());
      first = false;
    }
  }

  private static List<ListedSession> latest(List<ListedSession> sessions) {
    return sessions.stream()
        .sorted(Comparator.comparing((ListedSession listed) -> listed.session().begun()).reversed())
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
      if (feed.isWatched()) {
        ClusterView.Now now = cluster.now();
        feed.publish("now", now.status()::toString);
        showChanges(latest(now.live()));
        showAlerts(gateway.alerts().active());
      } else {
        shown = Map.of();
      }
    } catch (RuntimeException fault) {
      LOG.error("the live view cannot be made", fault);
    }
  }

  private void showChanges(List<ListedSession> sessions) {
    Map<String, ListedSession> before = shown;
    Map<String, ListedSession> now =
        sessions.stream()
            .collect(
                Collectors.toMap(
                    listed -> listed.session().id(),
                    Function.identity(),
                    (one, other) -> one,
                    LinkedHashMap::new));
    shown = now;
    List<ListedSession> changed =
        sessions.stream()
            .filter(session -> !session.equals(before.get(session.session().id())))
            .toList();
    List<String> gone = before.keySet().stream().filter(id -> !now.containsKey(id)).toList();
    for (int from = 0; from < changed.size(); from += ROWS) {
      List<ListedSession> rows = changed.subList(from, Math.min(changed.size(), from + ROWS));
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
      boolean all, Collection<ListedSession> rows, Collection<String> gone) {
    ObjectNode json = AdminResponse.object().put("all", all);
    ArrayNode items = json.putArray("rows");
    rows.forEach(row -> items.add(SessionJson.of(row)));
    ArrayNode ids = json.putArray("gone");
    gone.forEach(ids::add);
    return json;
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
