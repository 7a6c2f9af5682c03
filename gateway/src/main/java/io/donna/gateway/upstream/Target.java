package io.donna.gateway.upstream;

import java.util.Optional;

/**
 * What a client asks the upstream for.
 *
 * @param path added to the path of the configured upstream; empty for that itself
 * @param model the model the client named, if it named one
 */
public record Target(String path, Optional<String> model) {}
