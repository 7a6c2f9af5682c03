package io.donna.gateway.admin;

import io.donna.gateway.audit.SecurityEvent;
import io.donna.gateway.audit.SecurityLog;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What operators have done: each act is a security event, and the last {@value #MOST} are listed.
 * Safe from any thread.
 */
final class ActionLog {
  static final int MOST = 1_000;

  /**
   * An act.
   *
   * @param ip the operator's address, masked
   */
  record Action(Instant at, String ip, String actor, String action, String target, String reason) {}

  private final SecurityLog log;
  private final Clock clock;
  private final Lock lock = new ReentrantLock();
  private final Deque<Action> actions = new ArrayDeque<>();

  ActionLog(SecurityLog log, Clock clock) {
    this.log = log;
    this.clock = clock;
  }

  /** Records what the operator of {@code call} has done. */
  void record(AdminRequest call, String action, String target, String reason) {
    record(call, call.operator().name(), action, target, reason);
  }

  void record(AdminRequest call, String actor, String action, String target, String reason) {
    Action done =
        new Action(
            clock.instant().truncatedTo(ChronoUnit.MILLIS),
            call.address().masked().text(),
            actor,
            action,
            target,
            reason);
    lock.lock();
    try {
      actions.addFirst(done);
      if (actions.size() > MOST) {
        actions.removeLast();
      }
    } finally {
      lock.unlock();
    }
    log.record(
        new SecurityEvent.AdminAction(call.address().masked(), actor, action, target, reason));
  }

  /** The newest first. */
  List<Action> all() {
    lock.lock();
    try {
      return new ArrayList<>(actions);
    } finally {
      lock.unlock();
    }
  }
}
