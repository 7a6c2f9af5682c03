package io.donna.gateway;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import io.donna.gateway.kit.FreePort;
import io.donna.gateway.kit.PageBrowser;
import io.donna.gateway.kit.PageBrowser.Screen;
import io.donna.gateway.kit.PlayedModel;
import io.donna.gateway.kit.RunningGateway;
import io.donna.gateway.kit.TestClient;
import io.donna.gateway.kit.Tools;
import io.donna.simulator.Simulator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The page at {@code /playground} in a real browser, with a microphone that hears a recording.
 * {@code ./donna test PlaygroundTest -Ddonna.screenshots=true} rewrites the pictures in {@code
 * docs/images}.
 */
@Timeout(240) // npm may have to install the driver
class PlaygroundTest {
  private static final Path QUESTION = Path.of("../simulator/speech/question-24k.wav");
  private static final Path IMAGES = Path.of("../docs/images");
  private static final int RATE = 24_000;

  /** Collects the samples that leave the audio thread for the device. */
  private static final String TAP =
      """
      globalThis.tapped = [];
      globalThis.sounds = 0;
      globalThis.AudioWorkletNode = class extends AudioWorkletNode {
        constructor(context, name, options) {
          super(context, name, options);
          this.port.addEventListener('message', ({ data }) => {
            if (!data.tap) return;
            tapped.push(data.tap);
            for (const sample of data.tap) if (sample !== 0) sounds++;
          });
        }
      };
      const addModule = AudioWorklet.prototype.addModule;
      AudioWorklet.prototype.addModule = async function (url) {
        if (!url.pathname.endsWith('/playback.js')) return addModule.call(this, url);
        const source = await (await fetch(url)).text();
        const tapping = source.replace("registerProcessor('playback', Playback);", TAPPING);
        return addModule.call(this, URL.createObjectURL(new Blob([tapping], { type: 'text/javascript' })));
      };
      // What is on its way through the device differs from machine to machine.
      globalThis.latency = 0;
      Object.defineProperty(AudioContext.prototype, 'outputLatency', { get: () => latency });
      """;

  /** In place of the line that registers the processor: copies each block after it was filled. */
  private static final String TAPPING =
      """
      registerProcessor('playback', class extends Playback {
        #copy = new Int16Array(2048);
        #filled = 0;

        process(inputs, outputs, parameters) {
          const alive = super.process(inputs, outputs, parameters);
          for (const sample of outputs[0][0]) this.#copy[this.#filled++] = Math.round(sample * 32768);
          if (this.#filled === this.#copy.length) {
            if (this.#copy.some((sample) => sample !== 0)) this.heard = true;
            if (this.heard) this.port.postMessage({ tap: this.#copy.slice() });
            this.#filled = 0;
          }
          return alive;
        }
      });
      """;

  /** PCM16 in base64. */
  private static final String TAPPED =
      """
      () => btoa(tapped.map((block) => String.fromCharCode(...new Uint8Array(block.buffer))).join(''))
      """;

  private static PageBrowser browser;

  @TempDir private Path folder;

  @BeforeAll
  @Timeout(240)
  static void startBrowser() {
    browser = PageBrowser.start(QUESTION);
    PlaywrightAssertions.setDefaultAssertionTimeout(20_000);
  }

  @AfterAll
  static void stopBrowser() {
    if (browser != null) {
      browser.close();
    }
  }

  /** The page of a gateway, opened, and everything about it that should not happen. */
  private static final class Playground implements AutoCloseable {
    private final BrowserContext context;
    private final Page page;
    private final List<String> faults = new ArrayList<>();

    Playground(RunningGateway gateway) {
      this(gateway, Screen.DESKTOP, ColorScheme.LIGHT);
    }

    Playground(RunningGateway gateway, Screen screen, ColorScheme scheme) {
      this(gateway, browser.open(screen, scheme), false);
    }

    /**
     * With its sound recorded. A worklet is beyond Playwright's routes, and the page's policy
     * admits no other source of one: the policy is off here, and on in every other test.
     */
    static Playground recorded(RunningGateway gateway) {
      return new Playground(gateway, browser.openWithoutPolicy(), true);
    }

    private Playground(RunningGateway gateway, BrowserContext context, boolean tapped) {
      String origin = "http://127.0.0.1:" + gateway.port() + "/";
      this.context = context;
      page = context.newPage();
      // Nothing here looks at what moves for show, and drawing it takes the processor.
      page.emulateMedia(new Page.EmulateMediaOptions().setReducedMotion(ReducedMotion.REDUCE));
      if (tapped) {
        page.addInitScript(
            "const TAPPING = " + JsonMapper.shared().writeValueAsString(TAPPING) + ";" + TAP);
      }
      page.onPageError(faults::add);
      page.onConsoleMessage(message -> {
        // The browser's own words for a gateway that is not there, or refuses.
        if (message.type().equals("error")
            && !message.text().matches("(?s)(WebSocket connection to|Failed to load resource).*")) {
          faults.add(message.text());
        }
      });
      page.onRequest(request -> {
        if (!request.url().startsWith(origin)) {
          faults.add("asked " + request.url());
        }
      });
      page.navigate(origin + "playground");
      assertThat(page.locator("#connect-button")).isEnabled();
    }

    Playground connect() {
      page.click("#connect-button");
      awaitState("ready");
      return this;
    }

    Playground connect(String token) {
      page.fill("#token", token);
      return connect();
    }

    void awaitState(String state) {
      assertThat(page.locator("#state")).hasAttribute("data-state", state);
    }

    void awaitActivity(String activity) {
      assertThat(page.locator("#activity")).hasAttribute("data-activity", activity);
    }

    Playground type(String line) {
      page.fill("#line", line);
      page.press("#line", "Enter");
      return this;
    }

    Locator entry(int i) {
      return page.locator("#transcript > li").nth(i);
    }

    void show(String view) {
      page.click("#tab-" + view);
    }

    /** What reached the speaker, from the first sound to the last. */
    short[] played() {
      byte[] bytes = Base64.getDecoder().decode((String) page.evaluate(TAPPED));
      short[] samples = new short[bytes.length / 2];
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(samples);
      int from = 0;
      int to = samples.length;
      while (from < to && samples[from] == 0) {
        from++;
      }
      while (to > from && samples[to - 1] == 0) {
        to--;
      }
      return Arrays.copyOfRange(samples, from, to);
    }

    void awaitPlayed(int samples) {
      page.waitForFunction(
          "count => sounds >= count",
          samples,
          new Page.WaitForFunctionOptions().setTimeout(20_000));
    }

    String notice() {
      assertThat(page.locator("#notice")).isVisible();
      return page.innerText("#notice");
    }

    @Override
    public void close() {
      context.close();
      assertThat(faults).isEmpty();
    }
  }

  private static Simulator simulator() throws IOException {
    return Simulator.builder().port(0).start();
  }

  private static RunningGateway.Builder without(RunningGateway.Builder gateway) {
    return gateway.without("JWT_SECRET");
  }

  @Test
  void speaksAndHearsEverySampleOnceAndWithoutAGap() {
    try (PlayedModel model = PlayedModel.start();
        RunningGateway gateway = without(RunningGateway.behind(model.uri())).start();
        Playground playground = Playground.recorded(gateway).connect()) {
      playground.page.click("#microphone");
      short[] heard = model.awaitSpeech(Duration.ofSeconds(2));
      model.finishesUsersTurn("item_user", "Who are you?");
      // Deltas of every size, faster than they are played.
      short[] said = PlayedModel.samples(5 * RATE, 1);
      model.answers("resp_1", "item_1", "I am a model.", said, 4_801, 12_000, 37, 1, 24_000);
      playground.awaitPlayed(said.length);
      playground.awaitActivity("ready");

      assertThat(playground.played()).isEqualTo(said);
      assertThat(playground.entry(0)).hasText("You" + "Who are you?");
      assertThat(playground.entry(1)).hasText("Donna" + "I am a model.");
      assertThat(rms(heard)).isGreaterThan(500);
    }
  }

  private static double rms(short[] samples) {
    double power = 0;
    for (short sample : samples) {
      power += (double) sample * sample;
    }
    return Math.sqrt(power / samples.length);
  }

  /** The network is slower than speech for a while: a pause is heard, and nothing is lost. */
  @Test
  void losesNothingWhenTheNetworkIsSlow() {
    try (PlayedModel model = PlayedModel.start();
        RunningGateway gateway = without(RunningGateway.behind(model.uri())).start();
        Playground playground = Playground.recorded(gateway).connect()) {
      playground.type("Hello");
      model.awaits("response.create");
      short[] said = PlayedModel.samples(RATE, 1);
      model.begins("resp_1", "item_1");
      model.says("resp_1", "item_1", Arrays.copyOfRange(said, 0, RATE / 4));
      playground.awaitPlayed(RATE / 4);
      model.says("resp_1", "item_1", Arrays.copyOfRange(said, RATE / 4, RATE));
      model.ends("resp_1", "item_1", "completed");
      playground.awaitPlayed(said.length);
      playground.awaitActivity("ready");

      assertThat(withoutZeros(playground.played())).isEqualTo(said);
    }
  }

  private static short[] withoutZeros(short[] samples) {
    short[] sounds = new short[samples.length];
    int count = 0;
    for (short sample : samples) {
      if (sample != 0) {
        sounds[count++] = sample;
      }
    }
    return Arrays.copyOf(sounds, count);
  }

  /**
   * The user speaks in the middle of an answer that has arrived for the most part: it stops, the
   * model is told to the millisecond what was heard, and what still arrives is not played.
   */
  @Test
  void stopsWhenTheUserSpeaksAndTellsTheModelWhatWasHeard() {
    try (PlayedModel model = PlayedModel.start();
        RunningGateway gateway = without(RunningGateway.behind(model.uri())).start();
        Playground playground = Playground.recorded(gateway).connect()) {
      playground.type("Tell me a story.");
      model.awaits("response.create");
      short[] story = PlayedModel.samples(10 * RATE, 1);
      model.begins("resp_1", "item_1");
      model.says("resp_1", "item_1", story);
      playground.awaitPlayed(RATE / 2);
      model.userSpeaks("item_user");
      model.says("resp_1", "item_1", PlayedModel.samples(RATE, 1));
      JsonNode truncated = model.awaits("conversation.item.truncate");
      model.says("resp_1", "item_1", PlayedModel.samples(RATE, 1));
      model.ends("resp_1", "item_1", "cancelled");
      model.finishesUsersTurn("item_user", "Stop.");
      short[] reply = PlayedModel.samples(RATE, 2);
      model.answers("resp_2", "item_2", "Yes?", reply, 6_000);
      playground.awaitActivity("speaking");
      playground.awaitActivity("ready");
      playground.page.waitForCondition(() -> endsWith(playground.played(), reply));

      short[] played = withoutZeros(playground.played());
      int before = played.length - reply.length;
      assertThat(Arrays.copyOf(played, before)).isEqualTo(Arrays.copyOf(story, before));
      assertThat(before).isBetween(RATE / 2, 3 * RATE);
      assertThat(truncated.get("item_id").asString()).isEqualTo("item_1");
      assertThat(truncated.get("content_index").asInt()).isZero();
      assertThat(truncated.get("audio_end_ms").asInt()).isEqualTo(before / (RATE / 1_000));
      assertThat(playground.entry(1)).containsText("interrupted after ");
      assertThat(model.sent("response.cancel")).isEmpty(); // the model stops by itself
    }
  }

  private static boolean endsWith(short[] samples, short[] end) {
    return samples.length >= end.length
        && Arrays.equals(
            Arrays.copyOfRange(samples, samples.length - end.length, samples.length), end);
  }

  /** A line typed meanwhile interrupts as well; what the device still holds was not heard. */
  @Test
  void stopsWhenTheUserTypesAndAsksAgainOnceTheModelIsSilent() {
    try (PlayedModel model = PlayedModel.start();
        RunningGateway gateway = without(RunningGateway.behind(model.uri())).start();
        Playground playground = Playground.recorded(gateway).connect()) {
      playground.page.evaluate("() => { latency = 0.5; }");
      playground.type("Tell me a story.");
      model.awaits("response.create");
      short[] story = PlayedModel.samples(10 * RATE, 1);
      model.begins("resp_1", "item_1");
      model.says("resp_1", "item_1", story);
      playground.awaitPlayed(RATE);
      playground.type("Something else.");
      JsonNode cancelled = model.awaits("response.cancel");
      JsonNode truncated = model.awaits("conversation.item.truncate");
      assertThat(model.sent("response.create")).hasSize(1);
      model.ends("resp_1", "item_1", "cancelled");
      JsonNode asked = model.awaits("conversation.item.create");
      model.awaits("response.create");

      int before = withoutZeros(playground.played()).length;
      assertThat(cancelled.get("response_id").asString()).isEqualTo("resp_1");
      // What records it may miss some hundredths of a second on a busy machine.
      assertThat(truncated.get("audio_end_ms").asInt())
          .isCloseTo((before - RATE / 2) / 24, within(150));
      assertThat(asked.at("/item/content/0/text").asString()).isEqualTo("Something else.");
    }
  }

  /** An answer that was heard to its end is not truncated by who speaks next. */
  @Test
  void leavesAFinishedAnswerAsItIs() {
    try (PlayedModel model = PlayedModel.start();
        RunningGateway gateway = without(RunningGateway.behind(model.uri())).start();
        Playground playground = Playground.recorded(gateway).connect()) {
      playground.type("Hello");
      model.awaits("response.create");
      short[] said = PlayedModel.samples(RATE / 2, 1);
      model.answers("resp_1", "item_1", "Hello.", said, 12_000);
      playground.awaitPlayed(said.length);
      playground.awaitActivity("ready");
      model.userSpeaks("item_user");
      playground.awaitActivity("listening");
      model.finishesUsersTurn("item_user", "Hm.");
      assertThat(playground.entry(2)).hasText("You" + "Hm.");

      assertThat(model.sent("conversation.item.truncate")).isEmpty();
    }
  }

  @Test
  void typesAndHearsAndShowsWaitUsageAndEvents() throws IOException {
    try (Simulator simulator = simulator();
        RunningGateway gateway = RunningGateway.behind(simulator.uri()).start();
        Playground playground = new Playground(gateway)) {
      String token = RunningGateway.token("user123");
      playground.connect(token).type("Who are you?");
      assertThat(playground.entry(1)).containsText("Donna" + ExamplesTest.ANSWER);
      assertThat(playground.page.locator("#announcer"))
          .containsText("Donna: " + ExamplesTest.ANSWER);

      assertThat(playground.page.locator("#wait-last")).hasText(Pattern.compile("0\\.\\d\\d s"));
      assertThat(playground.page.locator("#usage")).containsText("Audio out");
      assertThat(playground.page.locator("#cost")).hasText(Pattern.compile("\\$0\\.0\\d{3}"));
      assertThat(playground.page.locator("#cost-note")).containsText("gpt-realtime-2.1");
      playground.show("events");
      playground.page.fill("#filter", "authenticate");
      assertThat(playground.page.locator("#events details:visible")).hasCount(1);
      playground.page.click("#events details:visible summary");
      assertThat(playground.page.locator("#events pre:visible")).containsText("\"token\": \"…\"");
      playground.page.fill("#filter", "response.done");
      assertThat(playground.page.locator("#events details:visible")).hasCount(1);
      String everywhere =
          playground.page.content()
              + playground.page.url()
              + playground.page.evaluate("() => JSON.stringify(localStorage)");
      assertThat(everywhere).doesNotContain(token);
    }
  }

  /** Each program is run as it is shown. */
  @Test
  void showsProgramsThatDoTheSame() throws Exception {
    try (Simulator simulator = Simulator.builder().port(0).speed(50).start();
        RunningGateway gateway = RunningGateway.behind(simulator.uri()).start();
        Playground playground = new Playground(gateway)) {
      String token = RunningGateway.token("user123");
      playground.page.click("summary");
      playground.page.fill(
          "#instructions", "Say \"yes\"\\no or 'no'.\n\tNothing \\u0022 else. \"\"\"");
      playground.page.selectOption("#voice", "cedar");
      playground.connect(token).type("Who are \"you\", it's `\\u0041`?");
      assertThat(playground.entry(1)).containsText("Donna");
      playground.page.click("#microphone");
      assertThat(playground.page.locator("#transcript")).containsText("I heard you for ");
      playground.page.click("#microphone");
      playground.show("code");
      String javascript = playground.page.innerText("#code");
      playground.page.click("[data-language=java]");
      String java = playground.page.innerText("#code");
      playground.page.click("#copy");
      assertThat(playground.page.evaluate("navigator.clipboard.readText()")).isEqualTo(java);
      assertThat(javascript + java).doesNotContain(token);

      Path script = Files.writeString(folder.resolve("talk.mjs"), javascript);
      Path program = Files.writeString(folder.resolve("Talk.java"), java);
      String question = QUESTION.toAbsolutePath().normalize().toString();
      Path sockets = Tools.nodeHome().resolve("global-websocket.mjs").toAbsolutePath();
      Map<String, String> environment = Map.of("TOKEN", token);
      Tools.Run node =
          Tools.run(
              folder,
              environment,
              "",
              "node",
              "--import",
              sockets.toString(),
              script.toString(),
              question);
      Tools.Run jvm =
          Tools.run(
              folder,
              environment,
              "",
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-XX:TieredStopAtLevel=1", // it compiles and runs for seconds
              "-XX:+UseSerialGC",
              program.toString(),
              question);

      for (Tools.Run run : List.of(node, jvm)) {
        assertThat(run.output())
            .contains("Donna: I have your message", "Donna: I heard you for ")
            .doesNotContain("error", "xception");
        assertThat(run.status()).isZero();
      }
    }
  }

  @Test
  void saysThatTheTokenIsWrongAndWhereARightOneComesFrom() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        Playground playground = new Playground(gateway)) {
      playground.page.fill("#token", "not.a.token");
      playground.page.click("#connect-button");

      assertThat(playground.notice()).contains("Invalid token.", "./donna token --sub me");
      playground.awaitState("idle");
      assertThat(playground.page.locator("#connect-button")).isEnabled();
    }
  }

  @Test
  void saysWhichLimitIsReached() {
    try (RunningGateway gateway =
            without(RunningGateway.with("MAX_CONNECTIONS_PER_IP", 1)).start();
        TestClient other = gateway.connect();
        Playground playground = new Playground(gateway)) {
      playground.page.click("#connect-button");

      assertThat(playground.notice())
          .contains("too many from this address", "It allows 1 at a time (MAX_CONNECTIONS_PER_IP)");
      assertThat(other.status()).isEqualTo(101);
    }
  }

  @Test
  void saysThatTheOriginIsNotListed() {
    try (RunningGateway gateway =
            RunningGateway.with("ALLOWED_ORIGINS", "https://app.example.com").start();
        Playground playground = new Playground(gateway)) {
      playground.page.fill("#token", RunningGateway.token("user123"));
      playground.page.click("#connect-button");

      assertThat(playground.notice())
          .contains("Add http://127.0.0.1:" + gateway.port() + " to ALLOWED_ORIGINS");
    }
  }

  @Test
  void saysThatTheUpstreamCannotBeReached() {
    try (RunningGateway gateway = without(RunningGateway.withoutUpstream()).start();
        Playground playground = new Playground(gateway)) {
      playground.page.click("#connect-button");

      assertThat(playground.notice()).contains("cannot be reached", "./donna check");
    }
  }

  @Test
  void saysThatTheBudgetIsUsedUp() throws IOException {
    try (Simulator simulator = simulator();
        RunningGateway gateway = RunningGateway.behind(simulator.uri()).start();
        Playground playground = new Playground(gateway)) {
      playground
          .connect(
              RunningGateway.token(
                  "user123", Map.of("donna", Map.of("limits", Map.of("usd_per_day", "0.000001")))))
          .type("Who are you?");

      assertThat(playground.notice()).contains("The budget is used up.", "POLICY_FILE");
    }
  }

  @Test
  void comesBackWhenTheGatewayDoes() throws IOException {
    int port = FreePort.next();
    try (Simulator simulator = simulator();
        Playground playground = openThenStop(simulator, port)) {
      playground.awaitState("waiting");
      assertThat(playground.page.locator("#line")).isDisabled();
      try (RunningGateway again = at(simulator, port).start()) {
        playground.awaitState("ready");
        playground.type("Who are you?");

        assertThat(playground.page.locator("#transcript"))
            .containsText("Connected again, in a new session");
        assertThat(playground.page.locator("#transcript > li").last())
            .containsText("Donna" + ExamplesTest.ANSWER);
        again.awaitLog("WS_CONNECTION_ESTABLISHED");
      }
    }
  }

  private static RunningGateway.Builder at(Simulator simulator, int port) {
    return without(RunningGateway.behind(simulator.uri())).with("PORT", port);
  }

  private static Playground openThenStop(Simulator simulator, int port) {
    try (RunningGateway gateway = at(simulator, port).start()) {
      Playground playground = new Playground(gateway).connect().type("Hello");
      assertThat(playground.entry(1)).containsText("Donna");
      return playground;
    }
  }

  /** By axe, in both themes. */
  @Test
  void isAccessibleInEveryState() throws IOException {
    try (Simulator simulator = simulator();
        RunningGateway gateway = without(RunningGateway.behind(simulator.uri())).start();
        Playground playground = new Playground(gateway)) {
      Page page = playground.page;
      checkInBothThemes(page, "idle");
      page.click("#connect summary");
      checkInBothThemes(page, "settings");
      playground.connect();
      checkInBothThemes(page, "connected");
      playground.type("Who are you?");
      assertThat(page.locator("#cost")).containsText("$");
      page.evaluate("document.getElementById('notice').hidden = false");
      page.evaluate("document.getElementById('notice-title').textContent = 'Something is wrong.'");
      for (String view : List.of("turns", "events", "code")) {
        playground.show(view);
        if (view.equals("events")) {
          page.click("#events details:visible summary >> nth=0");
        }
        checkInBothThemes(page, view);
      }
    }
  }

  private static void checkInBothThemes(Page page, String state) {
    for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
      page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
      assertThat(page.locator("html"))
          .hasAttribute("data-theme", scheme.name().toLowerCase(Locale.ROOT));
      assertThat(PageBrowser.axe(page)).as(state + ", " + scheme).isEmpty();
    }
  }

  @Test
  void isUsedByKeyboard() {
    try (PlayedModel model = PlayedModel.start();
        RunningGateway gateway = without(RunningGateway.behind(model.uri())).start();
        Playground playground = new Playground(gateway)) {
      Page page = playground.page;
      page.focus("#connect-button");
      page.keyboard().press("Enter");
      playground.awaitState("ready");
      assertThat(page.locator("#line")).isFocused();
      page.keyboard().type("Tell me a story.");
      page.keyboard().press("Enter");
      model.awaits("response.create");
      model.begins("resp_1", "item_1");
      model.says("resp_1", "item_1", PlayedModel.samples(10 * RATE, 1));
      playground.awaitActivity("speaking");
      page.keyboard().press("Escape");
      model.awaits("response.cancel");
      model.awaits("conversation.item.truncate");
      page.focus("#tab-turns");
      page.keyboard().press("ArrowRight");
      assertThat(page.getByRole(AriaRole.TAB, new Page.GetByRoleOptions().setName("Events")))
          .isFocused();
      assertThat(page.locator("#view-events")).isVisible();
      assertThat(page.locator("#view-turns")).isHidden();
    }
  }

  @Test
  void keepsTheThemeThatWasChosen() {
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        Playground playground = new Playground(gateway, Screen.DESKTOP, ColorScheme.DARK)) {
      Page page = playground.page;
      assertThat(page.locator("html")).hasAttribute("data-theme", "dark");
      page.click("#theme");
      page.reload();

      assertThat(page.locator("html")).hasAttribute("data-theme", "light");
      assertThat(page.locator("#theme")).hasAttribute("aria-label", "Dark theme");
    }
  }

  @Test
  void fitsAPhone() throws IOException {
    try (Simulator simulator = simulator();
        RunningGateway gateway = without(RunningGateway.behind(simulator.uri())).start();
        Playground playground = new Playground(gateway, Screen.PHONE, ColorScheme.LIGHT)) {
      Page page = playground.page;
      assertFits(page);
      assertThat(PageBrowser.axe(page)).isEmpty();
      playground.connect().type("Who are you?");
      assertThat(playground.entry(1)).containsText("Donna" + ExamplesTest.ANSWER);
      for (String view : List.of("turns", "events", "code", "talk")) {
        playground.show(view);
        assertThat(page.locator("#view-" + view)).isVisible();
        assertFits(page);
        assertThat(PageBrowser.axe(page)).as(view).isEmpty();
      }
    }
  }

  private static void assertFits(Page page) {
    assertThat(page.evaluate("document.documentElement.scrollWidth <= innerWidth")).isEqualTo(true);
    assertThat(page.evaluate("document.body.scrollWidth <= innerWidth")).isEqualTo(true);
  }

  /**
   * A tone below half of the new rate stays as it is; one above it does not come back as another.
   */
  @ParameterizedTest
  @ValueSource(ints = {16_000, 44_100, 48_000, 96_000})
  void convertsTheRateOfTheMicrophone(int from) {
    String measure =
        """
        async ([from, tone]) => {
          const { Resampler } = await import('./playground/resampler.js');
          const resampler = new Resampler(from, 24000);
          const output = [];
          for (let at = 0; at < from; at += 128)
            output.push(...resampler.convert(Float32Array.from({ length: 128 },
              (_, i) => Math.sin((2 * Math.PI * tone * (at + i)) / from))));
          const settled = output.slice(2400, 21600);
          const power = (list) => list.reduce((sum, s) => sum + s * s, 0) / list.length;
          const error = settled.map((s, i) => s - Math.sin((2 * Math.PI * tone * (i + 2400)) / 24000));
          return [output.length, 10 * Math.log10(power(settled)), 10 * Math.log10(power(error))];
        }
        """;
    try (RunningGateway gateway = RunningGateway.withoutUpstream().start();
        Playground playground = new Playground(gateway)) {
      List<?> speech = (List<?>) playground.page.evaluate(measure, List.of(from, 1_000));

      assertThat(((Number) speech.get(0)).intValue()).isBetween(23_800, 24_100);
      assertThat(((Number) speech.get(2)).doubleValue()).isLessThan(-60);
      if (from > 32_000) {
        List<?> hiss = (List<?>) playground.page.evaluate(measure, List.of(from, 15_000));
        assertThat(((Number) hiss.get(1)).doubleValue()).isLessThan(-60);
      }
    }
  }

  /** Rewrites the pictures of the documents, where asked to. */
  @ParameterizedTest
  @EnumSource(
      value = ColorScheme.class,
      names = {"LIGHT", "DARK"})
  void hasItsPictureTaken(ColorScheme scheme) throws IOException {
    String name = scheme.name().toLowerCase(Locale.ROOT);
    for (Screen screen : Screen.values()) {
      Path picture =
          IMAGES.resolve(
              "playground-%s-%s.png".formatted(screen == Screen.PHONE ? "phone" : "desktop", name));
      if (Boolean.getBoolean("donna.screenshots")) {
        takePicture(screen, scheme, picture);
      }
      assertThat(Files.size(picture)).isBetween(10_000L, 200_000L);
    }
  }

  private void takePicture(Screen screen, ColorScheme scheme, Path picture) throws IOException {
    try (Simulator simulator = simulator();
        RunningGateway gateway = without(RunningGateway.behind(simulator.uri())).start();
        Playground playground = new Playground(gateway, screen, scheme).connect()) {
      playground.type("Who are you?");
      assertThat(playground.entry(1)).containsText("Donna" + ExamplesTest.ANSWER);
      playground.page.click("#microphone");
      assertThat(playground.page.locator("#transcript")).containsText("I heard you for ");
      playground.type("Tell me a story.");
      assertThat(playground.page.locator("#transcript")).containsText("switched it off");
      await().pollDelay(Duration.ofMillis(300)).until(() -> true); // what moves has come to rest
      playground.page.screenshot(new Page.ScreenshotOptions().setPath(picture));
    }
  }
}
