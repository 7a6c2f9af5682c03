package io.donna.simulator.protocol;

import java.util.Optional;

/**
 * What an upgrade request says about the session it opens.
 *
 * @param beta whether the request asks for the beta of the Realtime API
 * @param faulty whether the model names a fault of the simulator
 */
public record SessionRequest(
    String path, Optional<String> model, Optional<String> intent, boolean beta, boolean faulty) {}
