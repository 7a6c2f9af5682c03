package io.donna.gateway.kit;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The system's Chromium, driven by Playwright, with a recording for its microphone. One for a test
 * class: a context is a fresh profile and costs nothing. Confined to the thread that started it.
 */
public final class PageBrowser implements AutoCloseable {
  /** A window. */
  public enum Screen {
    DESKTOP(1280, 800),
    PHONE(390, 844);

    private final int width;
    private final int height;

    Screen(int width, int height) {
      this.width = width;
      this.height = height;
    }
  }

  /** What axe found, a line for each rule that a page breaks. */
  private static final String AXE =
      """
      async () => (await axe.run({ resultTypes: ['violations'] })).violations.map((rule) =>
        rule.id + ': ' + rule.help + ' ' + rule.nodes.map((node) => node.target).join(' '))
      """;

  private final Playwright playwright;
  private final Browser browser;

  private PageBrowser(Playwright playwright, Browser browser) {
    this.playwright = playwright;
    this.browser = browser;
  }

  /**
   * Skips the test where Chromium or Node is missing, but not in CI.
   *
   * @param recording what the microphone hears, from the moment that a page listens
   */
  public static PageBrowser start(Path recording) {
    Path chromium = Tools.locate(Tools.chromium());
    System.setProperty("playwright.cli.dir", Tools.playwrightDriver().toAbsolutePath().toString());
    Playwright playwright =
        Playwright.create(
            new Playwright.CreateOptions()
                .setEnv(
                    Map.of(
                        "PLAYWRIGHT_NODEJS_PATH",
                        Tools.locate("node").toString(),
                        "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD",
                        "1")));
    Browser browser =
        playwright
            .chromium()
            .launch(
                new BrowserType.LaunchOptions()
                    .setExecutablePath(chromium)
                    .setArgs(
                        List.of(
                            "--no-sandbox", // CI is root in a container
                            "--disable-dev-shm-usage",
                            "--disable-gpu", // there is none, and emulating one takes the processor
                            "--use-fake-ui-for-media-stream",
                            "--use-fake-device-for-media-stream",
                            "--use-file-for-fake-audio-capture="
                                + recording.toAbsolutePath().normalize()
                                + "%noloop")));
    return new PageBrowser(playwright, browser);
  }

  public BrowserContext open(Screen screen, ColorScheme scheme) {
    return browser.newContext(options(screen, scheme));
  }

  /** A window in which the content security policy of pages has no effect: for tests' own code. */
  public BrowserContext openWithoutPolicy() {
    return browser.newContext(options(Screen.DESKTOP, ColorScheme.LIGHT).setBypassCSP(true));
  }

  private static Browser.NewContextOptions options(Screen screen, ColorScheme scheme) {
    return new Browser.NewContextOptions()
        .setViewportSize(screen.width, screen.height)
        .setIsMobile(screen == Screen.PHONE)
        .setHasTouch(screen == Screen.PHONE)
        .setColorScheme(scheme)
        .setPermissions(List.of("microphone", "clipboard-read", "clipboard-write"));
  }

  /** What Chromium's main thread does while a page is used, as its trace has it. */
  public JsonNode trace(com.microsoft.playwright.Page page, Runnable use) {
    browser.startTracing(
        page, new Browser.StartTracingOptions().setCategories(List.of("devtools.timeline")));
    use.run();
    return JsonMapper.shared().readTree(browser.stopTracing()).path("traceEvents");
  }

  /** What of a page people with disabilities cannot use, as far as axe can tell. */
  public static List<String> axe(com.microsoft.playwright.Page page) {
    if (page.evaluate("() => globalThis.axe === undefined").equals(true)) {
      try {
        page.evaluate(
            Files.readString(Tools.nodeHome().resolve("node_modules/axe-core/axe.min.js")));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    JsonNode found = JsonMapper.shared().valueToTree(page.evaluate(AXE));
    return found.valueStream().map(JsonNode::asString).toList();
  }

  @Override
  public void close() {
    browser.close();
    playwright.close();
  }
}
