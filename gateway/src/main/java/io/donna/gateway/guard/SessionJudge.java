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
 * Has a session's words judged by all guards that are on them, each within its time, and writes
 * down what they find. Confined to the session's event loop; guards run elsewhere.
 */
final class SessionJudge {
  /** So many judgements for one session at once: nobody takes the places of all others. */
  private static final int MOST_AT_ONCE = 32;

  private final GuardRules rules;
  private final Guards guards;
  private final JudgedSession speaker;
  private final FindingLog log;
  private final EventLoop loop;
  private final JudgingQueue queue;
  private final Set<Question> open = new HashSet<>();
  private boolean over;

  SessionJudge(GuardRules rules, Guards guards, JudgedSession speaker, EventLoop loop) {
    this.rules = rules;
    this.guards = guards;
    this.speaker = speaker;
    this.log = new FindingLog(speaker, loop.ticker()::nanoTime);
    this.loop = loop;
    this.queue = guards.queue(speaker);
  }

  /**
   * Asks all guards that are on such words.
   *
   * @param done told once, later, what they found; never after the end
   */
  void begin(Subject subject, List<String> parts, Consumer<List<Finding>> done) {
    begin(rules.on(subject), subject, parts, done);
  }

  /** As above, of some of the guards; at least one. */
  void begin(
      List<GuardRule> asked, Subject subject, List<String> parts, Consumer<List<Finding>> done) {
    Utterance utterance = new Utterance(subject, List.copyOf(parts), speaker.session());
    new Check(asked, done).ask(utterance);
  }

  /** What it means that such words cannot be judged by anybody. */
  List<Finding> unjudgeable(Subject subject, Judgement.Failed why) {
    return rules.on(subject).stream()
        .map(rule -> found(Finding.failure(rule, subject, why)))
        .toList();
  }

  private Finding found(Finding finding) {
    log.add(finding);
    return finding;
  }

  /** Nobody is there any more who would want to know. */
  void end() {
    over = true;
    List.copyOf(open).forEach(Question::close);
  }

  /** All guards on the same words. */
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

  /** One guard on one text. */
  private final class Question {
    private final Check check;
    private final GuardRule rule;
    private final Subject on;
    private @Nullable Runnable cancellation;
    private @Nullable ScheduledFuture<?> limit;

    Question(Check check, GuardRule rule, Subject on) {
      this.check = check;
      this.rule = rule;
      this.on = on;
    }

    void ask(Utterance utterance) {
      boolean tooMany = open.size() >= MOST_AT_ONCE;
      open.add(this);
      if (utterance.length() > TextNormalizer.LONGEST_TEXT) {
        answer(Judgement.Failed.ofWords("too long"));
        return;
      }
      if (tooMany) {
        answer(Judgement.Failed.ofWords("too many at once"));
        return;
      }
      Optional<Runnable> begun = guards.judge(rule, utterance, speaker, queue, this::answer);
      if (begun.isEmpty()) {
        // Clients bring it about that there are too many, so it must let nobody's words pass.
        answer(Judgement.Failed.ofWords("too many at once"));
        return;
      }
      cancellation = begun.get();
      limit = loop.schedule(() -> settle(late()), rule.timeout().toMillis(), TimeUnit.MILLISECONDS);
    }

    /** How long patterns take is for the text to say, how long a webhook takes for the webhook. */
    private Judgement.Failed late() {
      return rule.means() instanceof Means.Webhook
          ? Judgement.Failed.ofGuard("late")
          : Judgement.Failed.ofWords("late");
    }

    /** From any thread. */
    private void answer(Judgement judgement) {
      try {
        loop.execute(() -> settle(judgement));
      } catch (RejectedExecutionException stopped) {
        // The gateway ends, and with it the session.
      }
    }

    private void settle(Judgement judgement) {
      if (open.contains(this)) {
        close();
        if (!over) {
          check.answered(rule, on, judgement);
        }
      }
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
