package io.donna.gateway.guard;

import com.google.re2j.Pattern;
import io.donna.gateway.audit.FaultWords;
import io.donna.gateway.audit.ForeignText;
import io.donna.gateway.config.Secret;
import io.donna.gateway.config.policy.GuardRule;
import io.donna.gateway.config.policy.GuardRule.Means;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.event.Inspector;
import io.donna.gateway.sharing.FairThreads;
import io.donna.gateway.sharing.SharedPlaces;
import io.donna.gateway.telemetry.GuardMetrics;
import io.donna.gateway.webhook.Signature;
import io.donna.gateway.websocket.HeldBytes;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Clock;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs the judgements of all sessions. Patterns cost processor time: they run on a few platform
 * threads of their own, shared fairly among users and among each user's sessions ({@link
 * JudgingQueue}). Webhooks block: each request has a virtual thread, up to a limit. Safe from any
 * thread.
 */
public final class Guards implements AutoCloseable {
  /**
   * Webhook requests in flight, over all users; one user may have as many as are left for the
   * others. A request holds a thread's stack and a text: 1,000 of them take some tens of megabytes.
   */
  private static final int MAX_QUESTIONS = 1_000;

  /** Half of the processors, so that patterns cannot take those of the event loops. */
  private static final int JUDGING_THREADS =
      Math.max(2, Runtime.getRuntime().availableProcessors() / 2);

  private final ExecutorService httpExecutor = Executors.newVirtualThreadPerTaskExecutor();
  private final FairThreads patternThreads = new FairThreads("guard", JUDGING_THREADS);
  private final AtomicBoolean unicodeIsLoaded = new AtomicBoolean();
  private final SharedPlaces questions = SharedPlaces.inHalves(MAX_QUESTIONS);
  private final Optional<Signature> signature;
  private final HeldBytes held;
  private final Set<String> ownWords;
  private final GuardMetrics metrics;
  private @Nullable HttpClient http;

  /**
   * Serves every tier of any policy.
   *
   * @param secret the key that signs webhook requests; empty to leave them unsigned
   * @param held the memory account of messages that wait for a judgement
   * @param ownWords the operator's texts, which are not judged
   * @param metrics receives every judgement
   */
  public Guards(
      Optional<Secret> secret,
      Clock clock,
      HeldBytes held,
      Set<String> ownWords,
      GuardMetrics metrics) {
    this.metrics = metrics;
    this.signature = secret.map(key -> new Signature(key, clock));
    this.held = held;
    this.ownWords = ownWords;
  }

  /**
   * The inspector for one client's conversation with one upstream; empty if its tier has no guards.
   */
  public Optional<Inspector> inspector(Tier tier, GuardContext session) {
    return isGuarded(tier)
        ? Optional.of(new GuardInspector(tier, session, this, ownWords(tier)))
        : Optional.empty();
  }

  /** As {@link #inspector}, of a session that only transcribes. */
  public Optional<Inspector> transcriptInspector(Tier tier, GuardContext session) {
    return isGuarded(tier)
        ? Optional.of(new TranscriptGuard(tier, session, this, ownWords(tier)))
        : Optional.empty();
  }

  /** The operator's texts, which are not judged: those of all sessions and of a tier. */
  private Set<String> ownWords(Tier tier) {
    Set<String> own = new HashSet<>(ownWords);
    Stream.of(
            tier.session().locked().values(),
            tier.session().defaults().values(),
            tier.toolDefinitions().values())
        .flatMap(Collection::stream)
        .forEach(value -> JudgedTexts.collectAll(value, own::add));
    return own;
  }

  private boolean isGuarded(Tier tier) {
    List<GuardRule> rules = tier.guards().rules();
    boolean reads = rules.stream().anyMatch(rule -> rule.means() instanceof Means.Patterns);
    if (reads && unicodeIsLoaded.compareAndSet(false, true)) {
      patternThreads.shareOf("").execute(TextNormalizer::load);
    }
    return !rules.isEmpty();
  }

  GuardMetrics metrics() {
    return metrics;
  }

  HeldBytes held() {
    return held;
  }

  /** The pattern queue of one session. */
  JudgingQueue queue(GuardContext session) {
    return new JudgingQueue(patternThreads.shareOf(session.account()));
  }

  /** Created with the first webhook request: most gateways have no webhooks. */
  private synchronized HttpClient http() {
    if (http == null) {
      http =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .followRedirects(HttpClient.Redirect.NEVER)
              .executor(httpExecutor)
              .build();
    }
    return http;
  }

  /**
   * Begins a judgement.
   *
   * @param session the session whose words these are
   * @param queue the session's pattern queue
   * @param done called with the outcome, on the thread that judges
   * @return cancels the judgement; empty if this user or all users have too many webhook requests
   *     in flight, and then {@code done} is not called
   */
  Optional<Runnable> judge(
      GuardRule rule,
      Utterance utterance,
      GuardContext session,
      JudgingQueue queue,
      Consumer<Judgement> done) {
    return switch (rule.means()) {
      case Means.Patterns(List<Pattern> patterns) -> {
        PatternSearch search = new PatternSearch(patterns, utterance, done);
        queue.add(search);
        yield Optional.of(() -> queue.cancel(search));
      }
      case Means.Webhook(URI url) -> ask(webhook(rule, url), utterance, session.account(), done);
    };
  }

  WebhookGuard webhook(GuardRule rule, URI url) {
    return new WebhookGuard(rule, url, http(), signature);
  }

  private Optional<Runnable> ask(
      WebhookGuard webhook, Utterance utterance, String account, Consumer<Judgement> done) {
    if (!questions.take(account)) {
      return Optional.empty();
    }
    Thread asking =
        Thread.ofVirtual()
            .name("guard")
            .start(() -> {
              try {
                done.accept(judgement(webhook, utterance));
              } finally {
                questions.giveBack(account); // a late request keeps its place until it ends
              }
            });
    return Optional.of(asking::interrupt);
  }

  private static Judgement judgement(WebhookGuard webhook, Utterance utterance) {
    try {
      return webhook.matches(utterance) ? new Judgement.Matched() : new Judgement.Passed();
    } catch (InterruptedException late) {
      return Judgement.Failed.ofGuard("interrupted");
    } catch (UnjudgeableTextException words) {
      return Judgement.Failed.ofWords(String.valueOf(words.getMessage()));
    } catch (IOException unreachable) {
      return Judgement.Failed.ofGuard(ForeignText.of(FaultWords.of(unreachable)));
    } catch (RuntimeException defect) {
      return Judgement.Failed.ofGuard(
          defect.getClass().getSimpleName()); // its message may quote the words
    }
  }

  @Override
  public synchronized void close() {
    httpExecutor.shutdownNow();
    patternThreads.close();
    if (http != null) {
      http.shutdownNow();
    }
  }
}
