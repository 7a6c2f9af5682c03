package io.donna.gateway.guard;

import com.google.re2j.Pattern;
import io.donna.gateway.audit.FaultWords;
import io.donna.gateway.audit.ForeignText;
import io.donna.gateway.config.Secret;
import io.donna.gateway.config.policy.GuardRule;
import io.donna.gateway.config.policy.GuardRule.Means;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.realtime.Inspector;
import io.donna.gateway.sharing.FairThreads;
import io.donna.gateway.sharing.SharedPlaces;
import io.donna.gateway.websocket.HeldBytes;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where a gateway's guards judge. Patterns cost processor time: they run on a few platform threads
 * that nothing else waits for, and that users share in turns, and the sessions of each ({@link
 * JudgingQueue}). Webhooks wait: each question has a virtual thread of its own, up to a number.
 * Safe from any thread.
 */
public final class Guards implements AutoCloseable {
  /**
   * Of all users; one has as many as are left for the others. A question holds a thread's stack and
   * a text: 1,000 of them are some tens of megabytes.
   */
  private static final int MOST_QUESTIONS = 1_000;

  /** Half of the processors, or all patterns together would take those of the event loops. */
  private static final int JUDGING_THREADS =
      Math.max(2, Runtime.getRuntime().availableProcessors() / 2);

  private final ExecutorService ofHttp = Executors.newVirtualThreadPerTaskExecutor();
  private final FairThreads ofPatterns = new FairThreads("guard", JUDGING_THREADS);
  private final AtomicBoolean lettersAreLoaded = new AtomicBoolean();
  private final SharedPlaces questions = SharedPlaces.inHalves(MOST_QUESTIONS);
  private final Optional<Signature> signature;
  private final HeldBytes held;
  private final Set<String> ownWords;
  private @Nullable HttpClient http;

  /**
   * Guards of any policy.
   *
   * @param secret what webhooks are signed with, if they are
   * @param held what messages that wait may take of memory
   * @param ownWords the operator's, which are not judged
   */
  public Guards(Optional<Secret> secret, Clock clock, HeldBytes held, Set<String> ownWords) {
    this.signature = secret.map(key -> new Signature(key, clock));
    this.held = held;
    this.ownWords = ownWords;
  }

  /** Judges one client's conversation with one upstream; empty where its tier has no guards. */
  public Optional<Inspector> inspector(Tier tier, JudgedSession speaker) {
    List<GuardRule> rules = tier.guards().rules();
    if (rules.isEmpty()) {
      return Optional.empty();
    }
    boolean reads = rules.stream().anyMatch(rule -> rule.means() instanceof Means.Patterns);
    if (reads && lettersAreLoaded.compareAndSet(false, true)) {
      ofPatterns.shareOf("").execute(TextNormalizer::load);
    }
    return Optional.of(new GuardInspector(tier, speaker, this, ownWords));
  }

  HeldBytes held() {
    return held;
  }

  /** For the patterns of one session. */
  JudgingQueue queue(JudgedSession speaker) {
    return new JudgingQueue(ofPatterns.shareOf(speaker.account()));
  }

  /** Made when the first webhook is asked: most gateways have none. */
  private synchronized HttpClient http() {
    if (http == null) {
      http =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .followRedirects(HttpClient.Redirect.NEVER)
              .executor(ofHttp)
              .build();
    }
    return http;
  }

  /**
   * Begins a judgement.
   *
   * @param speaker whose words they are
   * @param queue the session's
   * @param done told of it, on the thread that judges
   * @return ends it, where it is late; empty where too many webhooks are asked already, by this
   *     user or by all, and {@code done} is not told
   */
  Optional<Runnable> judge(
      GuardRule rule,
      Utterance utterance,
      JudgedSession speaker,
      JudgingQueue queue,
      Consumer<Judgement> done) {
    return switch (rule.means()) {
      case Means.Patterns(List<Pattern> patterns) -> {
        PatternSearch search = new PatternSearch(patterns, utterance, done);
        queue.add(search);
        yield Optional.of(() -> queue.cancel(search));
      }
      case Means.Webhook(URI url) -> ask(webhook(rule, url), utterance, speaker.account(), done);
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
                questions.giveBack(account); // not before: a late one takes a place until it ends
              }
            });
    return Optional.of(asking::interrupt);
  }

  private static Judgement judgement(WebhookGuard webhook, Utterance utterance) {
    try {
      return webhook.matches(utterance) ? new Judgement.Matched() : new Judgement.Passed();
    } catch (InterruptedException late) {
      return Judgement.Failed.ofGuard("interrupted");
    } catch (Unjudgeable words) {
      return Judgement.Failed.ofWords(String.valueOf(words.getMessage()));
    } catch (IOException unreachable) {
      return Judgement.Failed.ofGuard(ForeignText.of(FaultWords.of(unreachable)));
    } catch (RuntimeException defect) {
      return Judgement.Failed.ofGuard(defect.getClass().getSimpleName()); // its message may quote
    }
  }

  @Override
  public synchronized void close() {
    ofHttp.shutdownNow();
    ofPatterns.close();
    if (http != null) {
      http.shutdownNow();
    }
  }
}
