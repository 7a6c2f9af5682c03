package io.donna.gateway.config;

/**
 * What a setting came to, as it may be shown.
 *
 * @param value empty where the setting is unset
 * @param source {@code environment}, {@code .env} or {@code default}
 */
public record ResolvedSetting(String name, String value, String source) {}
