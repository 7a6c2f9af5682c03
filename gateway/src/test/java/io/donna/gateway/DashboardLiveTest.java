package io.donna.gateway;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.ColorScheme;
import io.donna.gateway.kit.AdminClient;
import io.donna.gateway.kit.PageBrowser;
import io.donna.gateway.kit.PageBrowser.Screen;
import io.donna.gateway.kit.PlayedModel;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.SettableClock;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.TestRedis;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What changes on the dashboard while it is open, in a real browser: alerts, ends, and streams. */
@Timeout(240) // npm may have to install the driver
class DashboardLiveTest {
  private static final Path SILENCE = Path.of("../simulator/speech/question-24k.wav");
  private static final double PATIENCE_MS = 20_000;

  /** Follows every stream of server-sent events that the page opens. */
  private static final String COUNT_STREAMS =
      "window.streams = []; window.EventSource = class extends EventSource {"
          + " constructor(...all) { super(...all); window.streams.push(this); } };";

  private static final String OPEN_STREAMS =
      "() => window.streams.filter((one) => one.readyState !== 2).map((one) => new URL(one.url).pathname)";

  private static PageBrowser browser;

  @TempDir private Path folder;
  private final SettableClock clock = new SettableClock();

  @BeforeAll
  @Timeout(240)
  static void startBrowser() {
    browser = PageBrowser.start(SILENCE);
  }

  @AfterAll
  static void stopBrowser() {
    if (browser != null) {
      browser.close();
    }
  }

  private static Page open(BrowserContext context, RunningGateway gateway, String view) {
    Page page = context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.navigate("http://127.0.0.1:" + gateway.adminPort() + "/#/" + view);
    awaitLive(page);
    return page;
  }

  private static void awaitLive(Page page) {
    assertThat(page.locator("#state"))
        .hasAttribute(
            "data-state",
            "live",
            new LocatorAssertions.HasAttributeOptions().setTimeout(3 * PATIENCE_MS));
  }

  private static void see(Locator locator, String text) {
    assertThat(locator)
        .containsText(text, new LocatorAssertions.ContainsTextOptions().setTimeout(PATIENCE_MS));
  }

  private RunningGateway withAlerts() throws IOException {
    Path rules =
        Files.writeString(
            folder.resolve("alerts.yaml"),
            """
            resolve_after_seconds: 0
            alerts:
              connections_blocked: {threshold: 2, window_seconds: 60}
              descriptors: {enabled: false}
            """);
    return RunningGateway.with("ALERTS_FILE", rules).clock(clock).admin().start();
  }

  private static void comeFromAnotherPage(RunningGateway gateway) {
    for (int i = 0; i < 2; i++) {
      gateway.connect("Origin: https://evil.example").close();
    }
  }

  /** In words, in every view, to the eye and to a screen reader, until it is over. */
  @ParameterizedTest
  @EnumSource(Screen.class)
  void showsAnAlertWhileItIsActive(Screen screen) throws IOException {
    try (RunningGateway gateway = withAlerts();
        BrowserContext context = browser.open(screen, ColorScheme.LIGHT)) {
      Page page = open(context, gateway, "now");
      see(page.locator(".alerts"), "No alert is active.");
      assertThat(page.locator("#alert-count")).isHidden();
      assertThat(page.locator("#alert-words")).hasText("");
      comeFromAnotherPage(gateway);

      String message = "2 connections were refused within 1 min (threshold: 2).";
      see(page.locator(".alerts li"), message);
      see(page.locator(".alerts li"), "connections_blocked since ");
      assertThat(page.locator("#alert-words")).hasText("Alert: " + message);
      assertThat(page.locator("#rail a").first()).hasText("Now" + "1" + ", 1 active alert");
      for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
        assertThat(PageBrowser.axe(page)).as(scheme.name()).isEmpty();
      }
      assertThat(
              page.evaluate(
                  "() => document.querySelector('main').scrollWidth"
                      + " <= document.querySelector('main').clientWidth"))
          .isEqualTo(true);
      page.reload();
      see(page.locator(".alerts li"), message);
      page.evaluate("() => { location.hash = '#/usage'; }");
      assertThat(page.locator("#alert-count")).isVisible();
      clock.setAhead(Duration.ofMinutes(3));
      see(page.locator("#alert-words"), "Resolved: connections blocked.");
      assertThat(page.locator("#alert-count")).isHidden();
      page.evaluate("() => { location.hash = '#/now'; }");
      see(page.locator(".alerts"), "No alert is active.");
    }
  }

  @Test
  void saysWhyAnOperatorEndedACall() {
    String reason = "Plays <b>the</b> radio";
    try (PlayedModel model = PlayedModel.start();
        RunningGateway gateway = RunningGateway.behind(model.uri()).admin().start();
        BrowserContext context = browser.open(Screen.DESKTOP, ColorScheme.LIGHT);
        TestClient client = gateway.connectDropInAs("ann")) {
      Page page = open(context, gateway, "calls");
      page.locator(".grid-row:not([hidden]) a").first().click();
      see(page.locator("h1"), "ann");
      AdminClient.of(gateway).post("/api/v1/users/ann/end", "{\"reason\":\"" + reason + "\"}");

      see(page.locator(".ending"), "with 4030: Ended by an operator: \u2068" + reason + "\u2069");
      page.evaluate("() => { location.hash = '#/ended'; }");
      see(page.locator(".grid-row:not([hidden])"), reason);
      page.fill("input[type=search]", "radio");
      assertThat(page.locator(".grid-row:not([hidden])")).hasCount(1);
      assertThat(page.locator("main b")).hasCount(0);
      assertThat(client.status()).isEqualTo(101);
    }
  }

  /** A browser has six connections to one server, of which a tab in the background takes none. */
  @Test
  void closesTheStreamOfACallInTheBackgroundAndCatchesUp() {
    try (PlayedModel model = PlayedModel.start();
        RunningGateway gateway = RunningGateway.behind(model.uri()).admin().start();
        BrowserContext context = browser.open(Screen.DESKTOP, ColorScheme.LIGHT);
        TestClient client = gateway.connectDropInAs("ann")) {
      context.addInitScript(COUNT_STREAMS);
      context.addInitScript(
          "Object.defineProperty(document, 'hidden', { get: () => window.inBackground === true });");
      Page page = context.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      page.clock().install();
      page.navigate("http://127.0.0.1:" + gateway.adminPort() + "/#/calls");
      awaitLive(page);
      page.locator(".grid-row:not([hidden]) a").first().click();
      see(page.locator(".call-content"), "Nobody has spoken yet.");
      page.waitForCondition(() -> streams(page).size() == 2);
      hide(page, true);
      page.clock().fastForward(61_000);

      page.waitForCondition(() -> streams(page).isEmpty());
      model.finishesUsersTurn("item_user", "Who are you?");
      model.answers("resp_1", "item_1", "I am.", PlayedModel.samples(24_000, 1), 24_000);
      hide(page, false);
      see(page.locator("table.turns tbody tr"), "completed");
      page.waitForCondition(() -> streams(page).size() == 2);
      assertThat(client.status()).isEqualTo(101);
    }
  }

  private static List<?> streams(Page page) {
    return (List<?>) page.evaluate(OPEN_STREAMS);
  }

  private static void hide(Page page, boolean hidden) {
    page.evaluate(
        "(hidden) => { window.inBackground = hidden;"
            + " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden);
  }

  /** A name that does not fit into its bar stands behind it, and is never drawn across an edge. */
  @Test
  void keepsNamesOfToolsOffTheEdgesOfTheirBars() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().admin().start();
        BrowserContext context = browser.open(Screen.DESKTOP, ColorScheme.LIGHT)) {
      context.addInitScript(Path.of("src/test/resources/dashboard/sample.js"));
      Page page = open(context, gateway, "now");
      page.evaluate("() => { location.hash = '#/calls/' + sampleCall; }");
      page.waitForCondition(() -> !nameBoxes(page).isEmpty());
      for (int zooms = 0; zooms < 4; zooms++) {
        for (Map<String, Object> box : nameBoxes(page)) {
          assertThat(box).containsEntry("crosses", false);
        }
        page.locator(".stage").press(zooms % 2 == 0 ? "+" : "-");
        page.locator(".stage").press("-");
      }
    }
  }

  /** Each name that is shown, and whether it crosses an edge of a bar of its lane. */
  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> nameBoxes(Page page) {
    return (List<Map<String, Object>>)
        Objects.requireNonNull(
            page.evaluate(
                """
                () => {
                  const bars = [...document.querySelectorAll('.picture .tool:not([hidden])')]
                    .map((bar) => bar.getBoundingClientRect());
                  return [...document.querySelectorAll('.picture .tool-words')]
                    .filter((name) => name.textContent !== '')
                    .map((name) => {
                      const { left, right } = name.getBoundingClientRect();
                      const crosses = bars.some((bar) =>
                        [bar.left, bar.right].some((edge) => left < edge && edge < right));
                      return { name: name.textContent, crosses };
                    });
                }
                """));
  }

  /** The second time, a browser asks whether files have changed, and is sent none of them. */
  @Test
  void loadsItsFilesOnce() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().admin().start();
        BrowserContext context = browser.open(Screen.DESKTOP, ColorScheme.LIGHT)) {
      Page page = open(context, gateway, "now");
      Response again = page.waitForResponse("**/dashboard/app.js", page::reload);
      awaitLive(page);

      // Playwright reports what the cache gives the page; the size says what the gateway sent.
      assertThat(again.request().sizes().responseBodySize).isZero();
      assertThat(again.headerValue("cache-control")).isEqualTo("no-cache");
    }
  }

  /** At whichever replica the page is open. */
  @Test
  void showsTheCallsOfAllReplicas() {
    try (TestRedis redis = TestRedis.start();
        Simulator upstream = Simulator.builder().start();
        RunningGateway one = replica(upstream, redis, "one");
        RunningGateway two = replica(upstream, redis, "two");
        BrowserContext context = browser.open(Screen.DESKTOP, ColorScheme.DARK)) {
      TestClient ann = two.connectDropInAs("ann");
      Page page = open(context, one, "now");

      Locator replicas = page.locator("section[aria-label=Replicas]");
      see(replicas, "one");
      see(replicas, "two");
      see(page.locator(".p-calls"), "1 speaking with a model");
      page.navigate("http://127.0.0.1:" + one.adminPort() + "/#/calls");
      Locator row =
          page.locator(".calls-grid [role=row]", new Page.LocatorOptions().setHasText("ann"));
      see(row, "two");
      row.locator("a").first().click();
      see(page.locator(".facts-line"), "on two");
      ann.close();
      see(page.locator(".ending"), "Ended");
    }
  }

  private static RunningGateway replica(Simulator upstream, TestRedis redis, String name) {
    return RunningGateway.behind(upstream.uri())
        .with("REDIS_URL", redis.url())
        .with("REDIS_TIMEOUT_MS", 2_000)
        .with("REPLICA_NAME", name)
        .admin()
        .start();
  }
}
