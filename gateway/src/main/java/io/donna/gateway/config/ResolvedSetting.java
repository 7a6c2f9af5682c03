package io.donna.gateway.config;

/**
 * The effective value of a setting, with secrets masked.
 *
 * @param value empty where the setting is unset
 * @param source {@code environment}, {@code .env} or {@code default}
 */
public record ResolvedSetting(String name, String value, String source) {}
