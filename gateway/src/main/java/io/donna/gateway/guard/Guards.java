package io.donna.gateway.guard;

import io.donna.gateway.config.Secret;
import io.donna.gateway.config.policy.GuardRule;
import io.donna.gateway.config.policy.GuardRule.Means;
import io.donna.gateway.config.policy.Tier;
import io.donna.gateway.realtime.Inspector;
import io.donna.gateway.websocket.HeldBytes;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where a gateway's guards judge: each judgement on a virtual thread of its own, so many at once
 * and no more, whoever asks. Safe from any thread.
 */
public final class Guards implements AutoCloseable {
  /** A judgement holds a thread's stack and a text: 1,000 of them are some tens of megabytes. */
  private static final int MOST_AT_ONCE = 1_000;

  private final ExecutorService ofHttp = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger running = new AtomicInteger();
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
  public Optional<Inspector> inspector(Tier tier, Speaker speaker) {
    return tier.guards().rules().isEmpty()
        ? Optional.empty()
        : Optional.of(new GuardInspector(tier, speaker, this, ownWords));
  }

  HeldBytes held() {
    return held;
  }

  Guard guard(GuardRule rule) {
    return switch (rule.means()) {
      case Means.Patterns patterns -> new PatternGuard(patterns.patterns());
      case Means.Webhook webhook -> new WebhookGuard(rule, webhook.url(), http(), signature);
    };
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
   * @param done told of it, on the thread that judges
   * @return the thread, which an interrupt tells that it is late; empty where too much is judged
   *     already, and {@code done} is not told
   */
  Optional<Thread> judge(Guard guard, Utterance utterance, Consumer<Judgement> done) {
    if (running.incrementAndGet() > MOST_AT_ONCE) {
      running.decrementAndGet();
      return Optional.empty();
    }
    return Optional.of(
        Thread.ofVirtual()
            .name("guard")
            .start(() -> {
              try {
                done.accept(judgement(guard, utterance));
              } finally {
                running.decrementAndGet(); // not before: who is late takes a place until it ends
              }
            }));
  }

  private static Judgement judgement(Guard guard, Utterance utterance) {
    try {
      return guard.matches(utterance) ? new Judgement.Matched() : new Judgement.Passed();
    } catch (InterruptedException late) {
      return new Judgement.Failed("interrupted");
    } catch (IOException unreachable) {
      return new Judgement.Failed(
          Optional.ofNullable(unreachable.getMessage())
              .orElse(unreachable.getClass().getSimpleName()));
    } catch (RuntimeException defect) {
      return new Judgement.Failed(defect.getClass().getSimpleName()); // its message may quote
    }
  }

  @Override
  public synchronized void close() {
    ofHttp.shutdownNow();
    if (http != null) {
      http.shutdownNow();
    }
  }
}
