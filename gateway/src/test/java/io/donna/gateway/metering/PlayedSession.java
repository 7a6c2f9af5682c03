package io.donna.gateway.metering;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.donna.gateway.config.policy.Budget;
import io.donna.gateway.event.Event;
import io.donna.gateway.event.InspectorContext;
import io.donna.gateway.websocket.CloseReason;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.IntUnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A client and its upstream that do anything they may do, in any order, and know what it must come
 * to: the upstream keeps to the limits that it is given, and reads what it was sent.
 */
final class PlayedSession implements InspectorContext {
  private static final long UNLIMITED = 4_096;

  /** What the upstream has begun. */
  private record Begun(String id, long mostOutput, long reads) {}

  /** What it was asked for. */
  private record Asked(JsonNode create, long reads) {}

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Bill bill;
  private final BudgetTerms terms;
  private final String name;
  private final Ledger ledger;

  /** A number from 0 to the one given. */
  private final IntUnaryOperator choice;

  private Meter meter;
  private final Deque<Asked> asked = new ArrayDeque<>();
  private final List<Begun> begun = new ArrayList<>();
  private long context;
  private boolean hasSpoken;
  private boolean isOver;
  private boolean leaves;
  private int ids;

  /** Responses that must have been charged so far. */
  private int charged;

  /** The most that was reserved at once for one response. */
  private Spent largest = Spent.NOTHING;

  PlayedSession(
      Metering metering, String name, Payer payer, List<Budget> budgets, IntUnaryOperator choice) {
    this.bill = new Bill(metering, name);
    this.bill.setPayer(payer);
    this.terms = new BudgetTerms(() -> budgets, true, true);
    this.ledger = metering.ledger();
    this.name = name;
    this.choice = choice;
    this.meter = bill.meter("gpt-realtime-2.1", terms);
  }

  boolean isOver() {
    return isOver;
  }

  int charged() {
    return charged;
  }

  int billed() {
    return bill.total().responses();
  }

  Spent largest() {
    return largest;
  }

  Spent cost() {
    return new Spent(bill.total().usage().tokens(), bill.total().cost());
  }

  /** One more thing happens. */
  void step() {
    switch (choice.applyAsInt(11)) {
      case 0 -> leaveOrReconnect();
      case 1 -> loseUpstream();
      case 2 -> add();
      case 3, 4 -> refuse();
      case 5, 6 -> begin();
      case 7, 8 -> finish();
      default -> ask();
    }
  }

  private void say(String event) {
    hasSpoken = true;
    meter.fromUpstream(Event.of(event), this);
  }

  private void add() {
    if (!leaves) {
      String text = "x".repeat(choice.applyAsInt(400));
      context += text.length() / 4;
      meter.fromClient(
          Event.of(
              "{\"type\":\"conversation.item.create\",\"item\":{\"type\":\"message\",\"role\":"
                  + "\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\""
                  + text
                  + "\"}]}}"),
          this);
    }
  }

  private void ask() {
    if (leaves) {
      return;
    }
    int most = choice.applyAsInt(2_000);
    String limit = most == 0 ? "" : "\"max_output_tokens\":" + most + ",";
    String where = choice.applyAsInt(1) == 0 ? "none" : "auto";
    Spent before = committed();
    meter.fromClient(
        Event.of(
            "{\"type\":\"response.create\",\"event_id\":\"same\",\"response\":{"
                + limit
                + "\"conversation\":\""
                + where
                + "\"}}"),
        this);
    if (!isOver) {
      Spent reserved = committed().minus(before);
      largest =
          new Spent(
              Math.max(largest.tokens(), reserved.tokens()), largest.cost().max(reserved.cost()));
    }
  }

  private Spent committed() {
    return ledger.committed(Budget.Per.SESSION, name, Budget.Window.SESSION);
  }

  private void begin() {
    if (!asked.isEmpty()) {
      Asked next = asked.remove();
      String id = "r" + ++ids;
      long most = next.create.at("/response/max_output_tokens").asLong(UNLIMITED);
      begun.add(new Begun(id, most, next.reads));
      String event = "{\"type\":\"response.created\",\"response\":{\"id\":\"" + id + "\"}}";
      say(event);
      if (choice.applyAsInt(3) == 0 && !isOver) {
        say(event);
      }
    }
  }

  private void refuse() {
    if (!asked.isEmpty()) {
      String id = asked.remove().create.path("event_id").asString("");
      say("{\"type\":\"error\",\"error\":{\"code\":\"c\",\"event_id\":\"" + id + "\"}}");
    }
  }

  private void finish() {
    if (begun.isEmpty()) {
      return;
    }
    Begun done = begun.remove(choice.applyAsInt(begun.size() - 1));
    long output = choice.applyAsInt((int) done.mostOutput);
    String event =
        "{\"type\":\"response.done\",\"response\":{\"id\":\"%s\",\"conversation_id\":%s,"
                .formatted(done.id, choice.applyAsInt(1) == 0 ? "null" : "\"c\"")
            + "\"usage\":{\"input_tokens\":%d,\"input_token_details\":{\"text_tokens\":%d},"
                .formatted(done.reads, done.reads)
            + "\"output_tokens\":%d}}}".formatted(output);
    charged++;
    say(event);
    if (choice.applyAsInt(3) == 0) {
      say(event); // said twice, it is one
    }
  }

  /** The client goes; or on an endpoint of the gateway's own, its upstream, and it has another. */
  private void leaveOrReconnect() {
    if (choice.applyAsInt(2) == 0) {
      loseUpstream();
    } else if (!leaves && !isOver) {
      leaves = true;
      if (!meter.keepsUpstream(this)) {
        end();
      }
    }
  }

  private void loseUpstream() {
    loseOpen();
    if (leaves) {
      end();
    } else {
      meter = bill.meter("gpt-realtime-2.1", terms);
    }
  }

  private void loseOpen() {
    charged += begun.size() + (hasSpoken || leaves ? asked.size() : 0);
    meter.end();
    begun.clear();
    asked.clear();
    context = 0;
    hasSpoken = false;
  }

  /** Whatever is still open is lost. */
  void end() {
    if (!isOver) {
      isOver = true;
      loseOpen();
      bill.close();
    }
  }

  @Override
  public void toUpstream(Event event) {
    JsonNode sent = JsonMapper.shared().readTree(new String(event.payload(), UTF_8));
    if (sent.path("type").asString().equals("response.create")) {
      asked.add(new Asked(sent, context));
    }
  }

  @Override
  public void toClient(Event event) {}

  @Override
  public void refuse(Event offender, String code, String message) {}

  @Override
  public void end(String error, CloseReason reason) {
    end();
  }

  @Override
  public void release() {
    end();
  }

  @Override
  public EventLoop eventLoop() {
    return channel.eventLoop();
  }
}
