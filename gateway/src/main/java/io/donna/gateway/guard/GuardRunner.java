package io.donna.gateway.guard;

import io.donna.gateway.config.policy.GuardRule;
import io.donna.gateway.config.policy.GuardRule.Means;
import io.donna.gateway.config.policy.GuardRule.Subject;
import io.donna.gateway.config.policy.GuardRules;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks all guards on a {@link Subject}, such as the user's words or tool calls, to judge a text,
 * each within its timeout, and logs their findings. Confined to the session's event loop; guards
 * run elsewhere.
 */
final class GuardRunner {
  /**
   * The most judgements in progress for one session, so that it cannot take the places of all
   * others.
   */
  private static final int MAX_AT_ONCE = 32;

  private final GuardRules rules;
  private final Guards guards;
  private final GuardContext session;
  private final EventLoop loop;
  private final JudgingQueue queue;
  private final Set<Question> open = new HashSet<>();
  private boolean ended;

  GuardRunner(GuardRules rules, Guards guards, GuardContext session, EventLoop loop) {
    this.rules = rules;
    this.guards = guards;
    this.session = session;
    this.loop = loop;
    this.queue = guards.queue(session);
  }

  /**
   * Asks all guards on a subject.
   *
   * @param done called once, later, with their findings; never after the end
   */
  void begin(Subject subject, List<String> parts, Consumer<List<Finding>> done) {
    begin(rules.on(subject), subject, parts, done);
  }

  /** Asks some of the guards on a subject; at least one. */
  void begin(
      List<GuardRule> asked, Subject subject, List<String> parts, Consumer<List<Finding>> done) {
    Utterance utterance = new Utterance(subject, List.copyOf(parts), session.id());
    new Check(asked, done).ask(utterance);
  }

  /** The findings of all guards on a subject, for words that no guard can judge. */
  List<Finding> unjudgeable(Subject subject, Judgement.Failed why) {
    return rules.on(subject).stream()
        .map(rule -> found(Finding.failure(rule, subject, why)))
        .toList();
  }

  private Finding found(Finding finding) {
    session.record(finding);
    return finding;
  }

  /** Cancels all judgements. Their callbacks are not called. */
  void end() {
    ended = true;
    List.copyOf(open).forEach(Question::close);
  }

  /** Collects the findings of several guards on the same words. */
  private final class Check {
    private final List<GuardRule> asked;
    private final Consumer<List<Finding>> done;
    private final List<Finding> findings = new ArrayList<>();
    private int unanswered;

    Check(List<GuardRule> asked, Consumer<List<Finding>> done) {
      this.asked = asked;
      this.done = done;
      this.unanswered = asked.size();
    }

    void ask(Utterance utterance) {
      asked.forEach(rule -> new Question(this, rule, utterance.subject()).ask(utterance));
    }

    void answered(GuardRule rule, Subject on, Judgement judgement) {
      switch (judgement) {
        case Judgement.Passed _ -> {}
        case Judgement.Matched _ -> findings.add(found(Finding.match(rule, on)));
        case Judgement.Failed failed -> findings.add(found(Finding.failure(rule, on, failed)));
      }
      if (--unanswered == 0) {
        done.accept(findings);
      }
    }
  }

  /** One guard's judgement of one text. */
  private final class Question {
    private final Check check;
    private final GuardRule rule;
    private final Subject on;
    private final long begun = System.nanoTime();
    private @Nullable Runnable cancellation;
    private @Nullable ScheduledFuture<?> limit;

    Question(Check check, GuardRule rule, Subject on) {
      this.check = check;
      this.rule = rule;
      this.on = on;
    }

    void ask(Utterance utterance) {
      boolean tooMany = open.size() >= MAX_AT_ONCE;
      open.add(this);
      if (utterance.length() > TextNormalizer.LONGEST_TEXT) {
        answer(Judgement.Failed.ofWords("too long"));
        return;
      }
      if (tooMany) {
        answer(Judgement.Failed.ofWords("too many at once"));
        return;
      }
      Optional<Runnable> begun = guards.judge(rule, utterance, session, queue, this::answer);
      if (begun.isEmpty()) {
        // Clients can provoke this, so it must not let words pass: the failure is inherent.
        answer(Judgement.Failed.ofWords("too many at once"));
        return;
      }
      cancellation = begun.get();
      limit = loop.schedule(() -> settle(late()), rule.timeout().toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Patterns are late because of the text, a webhook because of the webhook. */
    private Judgement.Failed late() {
      return rule.means() instanceof Means.Webhook
          ? Judgement.Failed.ofGuard("late")
          : Judgement.Failed.ofWords("late");
    }

    /** Called from any thread. */
    private void answer(Judgement judgement) {
      try {
        loop.execute(() -> settle(judgement));
      } catch (RejectedExecutionException stopped) {
        // The gateway shuts down, and the session with it.
      }
    }

    private void settle(Judgement judgement) {
      if (open.contains(this)) {
        close();
        measure(judgement);
        if (!ended) {
          check.answered(rule, on, judgement);
        }
      }
    }

    private void measure(Judgement judgement) {
      String verdict =
          switch (judgement) {
            case Judgement.Passed _ -> "passed";
            case Judgement.Matched _ -> "matched";
            case Judgement.Failed _ -> "failed";
          };
      guards
          .metrics()
          .judged(
              rule.name(),
              on.key(),
              verdict,
              judgement instanceof Judgement.Passed ? "none" : rule.action().key(),
              System.nanoTime() - begun);
    }

    void close() {
      open.remove(this);
      if (limit != null) {
        limit.cancel(false);
      }
      if (cancellation != null) {
        cancellation.run();
      }
    }
  }
}
