package io.donna.gateway.kit;

import static org.assertj.core.api.Assertions.assertThat;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client and its upstream, of which a test plays both. */
public class Talk implements AutoCloseable {
  private static final String CLEAR = "{\"type\":\"input_audio_buffer.clear\"}";
  private static final String LIMITS = "{\"type\":\"rate_limits.updated\",\"rate_limits\":[]}";

  public final TestClient client;
  public final TestUpstream.Connection upstream;

  public Talk(TestClient client, TestUpstream.Connection upstream) {
    this.client = client;
    this.upstream = upstream;
  }

  public static JsonNode json(String text) {
    return JsonMapper.shared().readTree(text);
  }

  /** The next that the upstream is sent. */
  public JsonNode isSent() {
    return json(upstream.readText());
  }

  public JsonNode isSent(String type) {
    return ofType(type, isSent());
  }

  /** Nothing else has been sent: the next that comes is what the client says now. */
  public void isSentNothing() {
    client.send(CLEAR);
    assertThat(upstream.readText()).isEqualTo(CLEAR);
  }

  /** The next that the client hears. */
  public JsonNode hears() {
    return json(client.readText());
  }

  public JsonNode hears(String type) {
    return ofType(type, hears());
  }

  public JsonNode hearsError(String code) {
    JsonNode error = hears("error").get("error");
    assertThat(error.get("code").asString()).isEqualTo(code);
    return error;
  }

  /** Nothing else has been heard: the next that comes is what the upstream says now. */
  public void hearsNothing() {
    passes(LIMITS);
  }

  /** The upstream says it, and it goes on to the client as it is. */
  public void passes(String text) {
    upstream.send(text);
    assertThat(client.readText()).isEqualTo(text);
  }

  private static JsonNode ofType(String type, JsonNode event) {
    assertThat(event.get("type").asString()).as(event.toString()).isEqualTo(type);
    return event;
  }

  @Override
  public void close() {
    client.close();
  }
}
