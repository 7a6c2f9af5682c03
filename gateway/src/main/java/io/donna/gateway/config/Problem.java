package io.donna.gateway.config;

/** What is wrong with one setting, and what it takes. Never holds a secret's value. */
public record Problem(String setting, String text) {
  @Override
  public String toString() {
    return setting + " " + text;
  }
}
