package io.donna.gateway;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.ColorScheme;
import io.donna.gateway.kit.AdminClient;
import io.donna.gateway.kit.OpenIdServer;
import io.donna.gateway.kit.PageBrowser;
import io.donna.gateway.kit.PageBrowser.Screen;
import io.donna.gateway.kit.PlayedModel;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The page at {@code /} of the admin port in a real browser, beside calls through the gateway.
 * {@code ./donna test DashboardTest -Ddonna.screenshots=true} rewrites the pictures in {@code
 * docs/images}.
 */
@Timeout(240) // npm may have to install the driver
class DashboardTest {
  private static final Path SILENCE = Path.of("../simulator/speech/question-24k.wav");
  private static final String TOKEN = "a token of operators, in tests".replace(' ', '-');
  private static final String MARKUP = "<img src=x onerror=\"window.broken=1\"><b>ann</b>";
  private static final Path IMAGES = Path.of("../docs/images");
  private static final List<String> PICTURED =
      List.of("now", "calls", "call", "ended", "security", "usage", "actions");
  private static final int RATE = 24_000;
  private static final List<String> VIEWS =
      List.of("now", "calls", "ended", "security", "usage", "actions");

  /** Nothing that the page is asked to do takes so long on a busy machine. */
  private static final double PATIENCE_MS = 20_000;

  private static PageBrowser browser;

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

  /** The page, opened, and everything about it that should not happen. */
  private static final class Dashboard implements AutoCloseable {
    private final String origin;
    private final BrowserContext context;
    private final Page page;
    private final List<String> faults = new ArrayList<>();

    Dashboard(RunningGateway gateway) {
      this(gateway, Screen.DESKTOP, ColorScheme.LIGHT);
    }

    Dashboard(RunningGateway gateway, Screen screen, ColorScheme scheme) {
      origin = "http://127.0.0.1:" + gateway.adminPort() + "/";
      context = browser.open(screen, scheme);
      page = context.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      page.onPageError(faults::add);
      page.onConsoleMessage(message -> {
        // The browser's own words for a gateway that is not there, or refuses.
        if (message.type().equals("error")
            && !message.text().startsWith("Failed to load resource")) {
          faults.add(message.text());
        }
      });
      page.onRequest(request -> {
        if (!request.url().startsWith(origin)) {
          faults.add("asked " + request.url());
        }
      });
    }

    Dashboard open(String view) {
      page.navigate(origin + "#/" + view);
      awaitState("live");
      return this;
    }

    /** For as long as the page may wait between two tries. */
    void awaitState(String state) {
      assertThat(page.locator("#state"))
          .hasAttribute(
              "data-state",
              state,
              new LocatorAssertions.HasAttributeOptions().setTimeout(3 * PATIENCE_MS));
    }

    /** To another view, as by a link. */
    void go(String view) {
      page.evaluate("(view) => { location.hash = '#/' + view; }", view);
    }

    Locator rows() {
      return page.locator(".grid-row:not([hidden])");
    }

    Locator rowOf(String user) {
      return rows().filter(new Locator.FilterOptions().setHasText(user));
    }

    void see(Locator locator) {
      assertThat(locator)
          .isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(PATIENCE_MS));
    }

    void see(Locator locator, String text) {
      assertThat(locator)
          .containsText(text, new LocatorAssertions.ContainsTextOptions().setTimeout(PATIENCE_MS));
    }

    /** Opens the call of a user, which is live. */
    void openCallOf(String user) {
      go("calls");
      rowOf(user).locator("a").click();
      see(page.locator(".call-content"));
    }

    double widthOf(String mark) {
      return ((Number)
              page.evaluate(
                  "(mark) => Math.max(0, ...[...document.querySelectorAll(`.picture .${mark}`)]"
                      + ".map((bar) => bar.hasAttribute('hidden') ? 0 : bar.getBBox().width))",
                  mark))
          .doubleValue();
    }

    void awaitWiderThan(String mark, double width) {
      page.waitForCondition(() -> widthOf(mark) > width);
    }

    @Override
    public void close() {
      context.close();
      assertThat(faults).isEmpty();
    }
  }

  private static RunningGateway gateway(PlayedModel model) {
    return RunningGateway.behind(model.uri()).admin().start();
  }

  @Test
  void showsACallWithinASecondOfItsBeginning() {
    try (PlayedModel model = PlayedModel.start();
        RunningGateway gateway = gateway(model);
        Dashboard dashboard = new Dashboard(gateway).open("calls")) {
      assertThat(dashboard.page.locator(".grid > .empty")).containsText("No live call.");
      try (TestClient client = gateway.connectDropInAs("ann")) {
        // The feed's second, and another for a browser on a busy machine.
        assertThat(dashboard.rowOf("ann"))
            .isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(2_000));
        assertThat(client.status()).isEqualTo(101);
      }
      assertThat(dashboard.rows())
          .hasCount(0, new LocatorAssertions.HasCountOptions().setTimeout(PATIENCE_MS));
    }
  }

  @Test
  void endsACallAndItsClientReadsTheReason() {
    try (PlayedModel model = PlayedModel.start();
        RunningGateway gateway = gateway(model);
        Dashboard dashboard = new Dashboard(gateway).open("calls");
        TestClient client = gateway.connectDropInAs("ann")) {
      Page page = dashboard.page;
      dashboard.rowOf("ann").locator("button").click();
      page.click("dialog .primary");

      assertThat(page.locator("dialog")).isVisible(); // a reason is required
      page.fill("dialog [name=reason]", "Plays the radio at us");
      page.click("dialog .primary");
      JsonNode told = awaitError(client);

      assertThat(told.path("code").asString()).isEqualTo("ended_by_operator");
      assertThat(told.path("message").asString()).contains("Plays the radio at us");
      assertThat(client.readClose().closeCode()).isEqualTo(4030);
      assertThat(page.locator("dialog")).hasCount(0);
      assertThat(dashboard.rows())
          .hasCount(0, new LocatorAssertions.HasCountOptions().setTimeout(PATIENCE_MS));
      dashboard.go("ended");
      dashboard.see(dashboard.rowOf("ann"), "Ended by an operator");
      dashboard.go("actions");
      dashboard.see(page.locator("#view"), "Plays the radio at us");
      assertThat(gateway.log()).anyMatch(line -> line.contains("ADMIN_ACTION"));
    }
  }

  /** The error that a client is sent, past what else it is sent. */
  private static JsonNode awaitError(TestClient client) {
    while (true) {
      JsonNode event = JsonMapper.shared().readTree(client.readText());
      if (event.path("type").asString().equals("error")) {
        return event.path("error");
      }
    }
  }

  /** The bars grow with the sound, the wait is told in words, and cutting in is marked. */
  @Test
  void drawsACallWhileItIsSpoken() {
    try (PlayedModel model = PlayedModel.start();
        RunningGateway gateway = gateway(model);
        Dashboard dashboard = new Dashboard(gateway).open("calls");
        TestClient client = gateway.connectDropInAs("ann")) {
      dashboard.openCallOf("ann");
      dashboard.see(dashboard.page.locator(".call-content"), "Nobody has spoken yet.");
      model.userSpeaks("item_user");
      dashboard.awaitWiderThan("speech", 5);
      double spoken = dashboard.widthOf("speech");
      dashboard.awaitWiderThan("speech", spoken + 5);
      model.finishesUsersTurn("item_user", "Who are you?");
      model.begins("resp_1", "item_1");
      for (int i = 0; i < 4; i++) { // half a minute, far faster than it is heard
        model.says("resp_1", "item_1", PlayedModel.samples(8 * RATE, 1));
      }
      dashboard.awaitWiderThan("heard", 5);
      double heard = dashboard.widthOf("heard");
      dashboard.awaitWiderThan("heard", heard + 5);

      assertThat(dashboard.widthOf("made")).isGreaterThan(5);
      assertThat(dashboard.page.locator(".wait-words").first())
          .hasText(Pattern.compile("\\d+ ms|[\\d.]+ s"));
      assertThat(dashboard.page.locator(".cut:not([hidden])")).hasCount(0);
      model.userSpeaks("item_2");
      model.ends("resp_1", "item_1", "cancelled");
      assertThat(dashboard.page.locator(".cut:not([hidden])"))
          .hasCount(1, new LocatorAssertions.HasCountOptions().setTimeout(PATIENCE_MS));
      dashboard.see(dashboard.page.locator("table.turns tbody tr").last(), "interrupted");
      assertThat(client.status()).isEqualTo(101);
    }
  }

  /** A thousand calls that all change each second: 16 ms of script a frame at most, scrolled. */
  @Test
  void scrollsAThousandCalls() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().admin().start();
        Dashboard dashboard = new Dashboard(gateway).open("calls");
        ScheduledExecutorService beat = Executors.newSingleThreadScheduledExecutor()) {
      Page page = dashboard.page;
      Instant begun = Instant.now().minusSeconds(60);
      AtomicInteger round = new AtomicInteger();
      beat.scheduleAtFixedRate(
          () -> gateway.feed().publish("sessions", () -> manyCalls(begun, round.getAndIncrement())),
          0,
          1,
          TimeUnit.SECONDS);
      dashboard.see(page.locator(".view-head"), "1,000 live");
      JsonNode trace =
          browser.trace(
              page,
              () -> {
                page.mouse().move(600, 400);
                for (int i = 0; i < 30; i++) {
                  page.mouse().wheel(0, 1_300);
                  page.waitForTimeout(80);
                }
              });
      dashboard.see(dashboard.rowOf("caller-0999"));

      assertThat(dashboard.rows().count()).isLessThan(60);
      assertThat(round.get()).isGreaterThan(2);
      List<Double> frames = scriptOfFrames(trace);
      assertThat(frames).hasSizeGreaterThan(15);
      assertThat(frames).allMatch(millis -> millis <= 16);
      beat.shutdownNow();
    }
  }

  private static String manyCalls(Instant begun, int round) {
    ObjectNode event = JsonMapper.shared().createObjectNode().put("all", round == 0);
    ArrayNode rows = event.putArray("rows");
    for (int i = 0; i < 1_000; i++) {
      rows.addObject()
          .put("id", "00000000-0000-0000-0000-%012d".formatted(i))
          .put("user", "caller-%04d".formatted(i))
          .put("tenant", "acme")
          .put("tier", "gold")
          .put("address", "203.0.113.xxx")
          .put("endpoint", "/v1/realtime")
          .put("protocol", "realtime")
          .put("state", "live")
          .put("begun", begun.minusMillis(i).toString())
          .put("model", "gpt-realtime-2.1")
          .put("upstream", "openai")
          .put("turns", round + i % 7)
          .put("interruptions", i % 3)
          .put("lastWaitMs", 300 + (i * 31 + round * 17) % 900)
          .put("inputTokens", 100 * round)
          .put("outputTokens", 50 * round)
          .put("usd", 0.01 * round + i / 1e4)
          .putNull("end");
    }
    event.putArray("gone");
    return event.toString();
  }

  /** The processor time of the page's script, from each animation frame to the next. */
  private static List<Double> scriptOfFrames(JsonNode trace) {
    Map<String, List<JsonNode>> byThread =
        trace
            .valueStream()
            .filter(event -> event.path("ph").asString("").equals("X"))
            .collect(Collectors.groupingBy(event -> event.path("pid") + "/" + event.path("tid")));
    Predicate<JsonNode> drawing =
        event -> event.path("name").asString().equals("FireAnimationFrame");
    List<JsonNode> events =
        byThread.values().stream()
            .max(Comparator.comparingLong(all -> all.stream().filter(drawing).count()))
            .orElseThrow()
            .stream()
            .sorted(Comparator.comparingLong(event -> event.path("ts").asLong()))
            .toList();
    List<Double> frames = new ArrayList<>();
    double script = 0;
    long outerEnd = 0;
    for (JsonNode event : events) {
      if (drawing.test(event)) {
        frames.add(script);
        script = 0;
      }
      boolean isScript =
          List.of(
                  "FireAnimationFrame",
                  "FunctionCall",
                  "EvaluateScript",
                  "EventDispatch",
                  "TimerFire")
              .contains(event.path("name").asString());
      long start = event.path("ts").asLong();
      if (isScript && start >= outerEnd) { // else it is within one that is counted
        script += event.path("tdur").asLong() / 1_000.0;
        outerEnd = start + event.path("dur").asLong();
      }
    }
    frames.add(script);
    return frames;
  }

  /** A box would drop the line break and the space, and what is left is somebody else. */
  @ParameterizedTest
  @ValueSource(strings = {"ann ", "ann\n", " ann"})
  void blocksWhoIsMeantAndNobodyOfASimilarName(String name) {
    try (PlayedModel model = PlayedModel.start();
        RunningGateway gateway = gateway(model);
        TestClient mallory = gateway.connectDropInAs(name);
        Dashboard dashboard = new Dashboard(gateway).open("calls")) {
      Page page = dashboard.page;
      assertThat(dashboard.rows()).hasCount(1);
      page.locator(".grid-row:not([hidden]) a").first().click();
      page.click("text=Block user");
      page.fill("dialog [name=reason]", "a trial");
      page.click("dialog .primary");

      assertThat(awaitError(mallory).path("code").asString()).isEqualTo("ended_by_operator");
      assertThat(
              AdminClient.of(gateway).get("/api/v1/blocks").json().at("/items/0/user").asString())
          .isEqualTo(name);
    }
  }

  @Test
  void showsMarkupInNamesAsText() {
    try (PlayedModel model = PlayedModel.start();
        RunningGateway gateway = gateway(model);
        Dashboard dashboard = new Dashboard(gateway).open("security");
        TestClient client = gateway.connectDropInAs(MARKUP)) {
      Page page = dashboard.page;
      dashboard.see(page.locator("#view"), MARKUP);
      for (String view : List.of("now", "calls")) {
        dashboard.go(view);
        dashboard.see(page.locator("#view"), MARKUP);
      }
      dashboard.openCallOf(MARKUP);
      assertThat(page.locator("h1")).hasText(MARKUP);
      page.click("text=End call");
      dashboard.see(page.locator("dialog"), MARKUP);
      page.fill("dialog [name=reason]", MARKUP);
      page.click("dialog .primary");
      dashboard.see(page.locator(".ending"), "Ended by an operator");
      for (String view : List.of("ended", "actions")) {
        dashboard.go(view);
        dashboard.see(page.locator("#view"), MARKUP);
      }

      assertThat(page.locator("img, b")).hasCount(0);
      assertThat(page.evaluate("() => window.broken")).isNull();
      assertThat(awaitError(client).path("message").asString()).contains(MARKUP);
    }
  }

  @Test
  void signsInByTokenAndOut() {
    try (RunningGateway gateway = RunningGateway.with("ADMIN_TOKEN", TOKEN).admin().start();
        Dashboard dashboard = new Dashboard(gateway)) {
      Page page = dashboard.page;
      page.navigate(dashboard.origin);
      page.fill("#token", "not the token");
      page.click("text=Sign in >> visible=true >> nth=-1");
      dashboard.see(page.locator(".problem"), "The token is wrong");
      page.fill("#token", TOKEN);
      page.keyboard().press("Enter");
      dashboard.awaitState("live");
      assertThat(page.locator("#rail a").first()).hasAttribute("aria-current", "page");
      assertThat(page.evaluate("() => document.cookie")).isEqualTo("");
      page.click("#account");

      assertThat(page.locator("#token")).isVisible();
      assertThat(page.locator("#rail")).isHidden();
    }
  }

  @Test
  void givesAViewerNothingToActWith() {
    try (OpenIdServer provider = OpenIdServer.start();
        PlayedModel model = PlayedModel.start();
        RunningGateway gateway =
            RunningGateway.behind(model.uri())
                .with("ADMIN_OIDC_ISSUER", provider.issuer())
                .with("ADMIN_OIDC_CLIENT_ID", OpenIdServer.CLIENT)
                .with("ADMIN_OIDC_CLIENT_SECRET", OpenIdServer.CLIENT_SECRET)
                .admin()
                .start();
        Dashboard dashboard = new Dashboard(gateway);
        TestClient client = gateway.connectDropInAs("ann")) {
      provider.claims(claims -> claims.claim("roles", List.of("viewer")));
      Page page = dashboard.page;
      page.navigate(dashboard.origin + "#/calls");
      page.click("text=Sign in with your identity provider");
      dashboard.awaitState("live");
      dashboard.openCallOf("ann");
      assertThat(page.locator("button.act, .danger")).hasCount(0);
      for (String view : VIEWS) {
        dashboard.go(view);
        dashboard.see(page.locator("h1"));
        assertThat(page.locator("button.act, .danger")).hasCount(0);
      }

      dashboard.see(page.locator("#view"), "Acting takes the role operator");
      assertThat(client.status()).isEqualTo(101);
      dashboard.faults.removeIf(fault -> fault.startsWith("asked " + provider.issuer()));
    }
  }

  @Test
  @SuppressWarnings("try") // the gateway goes before the page does
  void comesBackAfterTheGatewayDoes() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().admin().start();
        Dashboard dashboard = new Dashboard(gateway).open("now")) {
      dashboard.see(dashboard.page.locator("#view"), "version ");
      int port = gateway.adminPort();
      gateway.close();
      dashboard.awaitState("lost");
      dashboard.see(dashboard.page.locator("#strip"), "Disconnected from the gateway");
      try (RunningGateway again =
          RunningGateway.withoutUpstream().admin().with("ADMIN_PORT", port).start()) {
        dashboard.awaitState("live");

        assertThat(dashboard.page.locator("#strip")).isHidden();
        assertThat(again.adminPort()).isEqualTo(port);
      }
    }
  }

  @Test
  void isUsedByKeyboard() {
    try (PlayedModel model = PlayedModel.start();
        RunningGateway gateway = gateway(model);
        Dashboard dashboard = new Dashboard(gateway).open("calls");
        TestClient client = gateway.connectDropInAs("ann")) {
      Page page = dashboard.page;
      dashboard.see(dashboard.rowOf("ann"));
      page.focus(".grid-scroll");
      page.keyboard().press("ArrowDown");
      page.keyboard().press("Enter");
      dashboard.see(page.locator(".call-content"));
      page.focus(".stage");
      String before = page.textContent(".scale");
      page.keyboard().press("-");

      assertThat(page.locator(".scale")).not().hasText(before);
      page.focus(".act.danger");
      page.keyboard().press("Enter");
      assertThat(page.locator("dialog")).isVisible();
      page.keyboard().press("Escape");
      assertThat(page.locator("dialog")).hasCount(0);
      assertThat(page.locator(".act.danger")).isFocused();
      assertThat(client.status()).isEqualTo(101);
    }
  }

  /** By axe, in both themes; and on a phone, nothing is wider than its screen. */
  @ParameterizedTest
  @EnumSource(Screen.class)
  void isAccessible(Screen screen) {
    try (PlayedModel model = PlayedModel.start();
        RunningGateway gateway = gateway(model);
        Dashboard dashboard = new Dashboard(gateway, screen, ColorScheme.LIGHT).open("now");
        TestClient client = gateway.connectDropInAs("ann")) {
      AdminClient.of(gateway)
          .post("/api/v1/blocks", "{\"user\":\"bob\",\"reason\":\"a trial\",\"seconds\":60}");
      dashboard.openCallOf("ann");
      model.finishesUsersTurn("item_user", "Who are you?");
      model.answers("resp_1", "item_1", "I am.", PlayedModel.samples(RATE, 1), RATE);
      dashboard.see(dashboard.page.locator("table.turns tbody tr").first());
      check(dashboard);
      dashboard.page.click("text=End call");
      check(dashboard);
      dashboard.page.keyboard().press("Escape");
      for (String view : VIEWS) {
        dashboard.go(view);
        dashboard.see(dashboard.page.locator("h1"));
        check(dashboard);
      }
      assertThat(client.status()).isEqualTo(101);
    }
  }

  private static void check(Dashboard dashboard) {
    Page page = dashboard.page;
    for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
      page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
      assertThat(page.locator("html"))
          .hasAttribute("data-theme", scheme.name().toLowerCase(Locale.ROOT));
      assertThat(PageBrowser.axe(page)).as(page.url()).isEmpty();
    }
    assertThat(
            page.evaluate(
                "() => [document.documentElement, document.querySelector('main')]"
                    + ".every((box) => box.scrollWidth <= box.clientWidth)"))
        .as(page.url())
        .isEqualTo(true);
  }

  /** Rewrites the pictures of the documents, where asked to. */
  @ParameterizedTest
  @EnumSource(
      value = ColorScheme.class,
      names = {"LIGHT", "DARK"})
  void hasItsPicturesTaken(ColorScheme scheme) throws IOException {
    for (Screen screen : Screen.values()) {
      if (Boolean.getBoolean("donna.screenshots")) {
        takePictures(screen, scheme);
      }
      for (String view : PICTURED) {
        assertThat(Files.size(picture(view, screen, scheme))).isBetween(5_000L, 120_000L);
      }
    }
  }

  private static Path picture(String view, Screen screen, ColorScheme scheme) {
    return IMAGES.resolve(
        "dashboard-%s-%s-%s.png".formatted(view, screen, scheme).toLowerCase(Locale.ROOT));
  }

  /** Of calls that do not exist: {@code dashboard/sample.js} stands for the API. */
  private void takePictures(Screen screen, ColorScheme scheme) throws IOException {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().admin().start();
        Dashboard dashboard = new Dashboard(gateway, screen, scheme)) {
      Page page = dashboard.page;
      page.addInitScript(Path.of("src/test/resources/dashboard/sample.js"));
      dashboard.open("now");
      for (String view : PICTURED) {
        page.reload(); // the call of the picture has just begun to be answered
        dashboard.awaitState("live");
        page.evaluate(
            "(view) => { location.hash = view === 'call' ? '#/calls/' + sampleCall : '#/' + view; }",
            view);
        page.waitForTimeout(500); // drawn
        Files.write(picture(view, screen, scheme), withFewColours(page.screenshot()));
      }
    }
  }

  /** The same picture in a third of the bytes: with the 256 colours that most of it has. */
  private static byte[] withFewColours(byte[] png) throws IOException {
    BufferedImage full = ImageIO.read(new ByteArrayInputStream(png));
    int width = full.getWidth();
    int[] pixels = full.getRGB(0, 0, width, full.getHeight(), null, 0, width);
    Map<Integer, Long> counted =
        Arrays.stream(pixels)
            .boxed()
            .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    int[] palette =
        counted.entrySet().stream()
            .sorted(Map.Entry.<Integer, Long>comparingByValue().reversed())
            .limit(256)
            .mapToInt(Map.Entry::getKey)
            .toArray();
    Map<Integer, Integer> nearest = new HashMap<>();
    BufferedImage indexed =
        new BufferedImage(
            width,
            full.getHeight(),
            BufferedImage.TYPE_BYTE_INDEXED,
            new IndexColorModel(8, palette.length, palette, 0, false, -1, DataBuffer.TYPE_BYTE));
    for (int i = 0; i < pixels.length; i++) {
      int index = nearest.computeIfAbsent(pixels[i], colour -> nearest(palette, colour));
      indexed.getRaster().setSample(i % width, i / width, 0, index);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(indexed, "png", out);
    return out.toByteArray();
  }

  private static int nearest(int[] palette, int colour) {
    return IntStream.range(0, palette.length)
        .boxed()
        .min(Comparator.comparingInt(i -> distance(palette[i], colour)))
        .orElseThrow();
  }

  private static int distance(int one, int other) {
    int red = (one >> 16 & 0xFF) - (other >> 16 & 0xFF);
    int green = (one >> 8 & 0xFF) - (other >> 8 & 0xFF);
    int blue = (one & 0xFF) - (other & 0xFF);
    return red * red + green * green + blue * blue;
  }
}
