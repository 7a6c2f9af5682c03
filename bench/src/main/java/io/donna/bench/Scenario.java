package io.donna.bench;

import java.time.Duration;
import java.util.Locale;

/** A benchmark that is run against every peer. */
enum Scenario {
  VOICE("CPU time and latency per relayed message: 100 sessions of voice"),
  SMALL("the same with small events: 200 sessions"),
  LARGE("the same with messages of 1 MB: 8 sessions"),
  BUSY("the same with 1,000 sessions of voice, and without a relay"),
  AUTH("latency of 1,000 sessions of voice beside 2,000 token verifications a second"),
  SCRAPE("cost and latency of 1,000 sessions of voice beside a scrape of /metrics each second"),
  FLOOD("the most messages a second"),
  SESSIONS("the most new sessions a second"),
  IDLE("memory of an idle session"),
  CLUSTER("the cost of sharing limits through Redis: new sessions, their opening, and voice"),
  START("time from the start of the process to the first answer of /health");

  /** The sessions that speak in a benchmark of voice beside other work; more of them rest. */
  private static final int SPEAKING = 1_000;

  private final String question;

  Scenario(String question) {
    this.question = question;
  }

  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  String question() {
    return question;
  }

  void run(Lab lab, Findings findings, int sessions) {
    Duration warmup = lab.timing().warmup();
    Duration window = lab.timing().window();
    switch (this) {
      case VOICE ->
          new Contest(lab, Load.voice(or(sessions, 100), warmup, window)).run(key(), findings);
      case SMALL ->
          new Contest(lab, Load.small(or(sessions, 200), warmup, window)).run(key(), findings);
      case LARGE ->
          new Contest(lab, Load.large(or(sessions, 8), warmup, window)).run(key(), findings);
      case BUSY ->
          new Contest(lab, Load.voice(or(sessions, 1_000), warmup, window))
              .withDirect()
              .run(key(), findings);
      case AUTH ->
          new Beside(
                  lab,
                  Load.voice(or(sessions, SPEAKING), warmup, window),
                  0,
                  "tokens",
                  TokenRequests::start,
                  TokenRequests::start)
              .run();
      case SCRAPE -> {
        int all = or(sessions, SPEAKING);
        int speaking = Math.min(all, SPEAKING);
        new Beside(
                lab,
                Load.voice(speaking, warmup, window),
                all - speaking,
                "scrapes",
                bout -> Scrapes.start(bout, Scrapes.SETTLING_INTERVAL),
                bout -> Scrapes.start(bout, Scrapes.INTERVAL))
            .run();
      }
      case FLOOD ->
          new FloodContest(lab, Load.voice(or(sessions, 32), warmup, window)).run(findings);
      case SESSIONS -> new Arrivals(lab, Load.voice(1, warmup, window)).run(findings);
      case IDLE -> new IdleMemory(lab, or(sessions, 9_000)).run(findings);
      case CLUSTER ->
          new ClusterCost(lab, Load.voice(or(sessions, 100), warmup, window)).run(findings);
      case START -> new StartTime(lab).run(findings);
    }
  }

  private static int or(int sessions, int usual) {
    return sessions > 0 ? sessions : usual;
  }
}
