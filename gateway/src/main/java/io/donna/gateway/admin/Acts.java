package io.donna.gateway.admin;

import io.donna.gateway.admin.OperatorControls.Outcome;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.function.Supplier;

/** How the outcomes of changes are answered. */
final class Acts {
  private Acts() {}

  static AdminResponse answer(Outcome outcome, Supplier<AdminResponse> done) {
    return switch (outcome) {
      case DONE -> done.get();
      case UNKNOWN ->
          AdminResponse.problem(HttpResponseStatus.NOT_FOUND, "There is nothing of this id");
      case FULL ->
          AdminResponse.problem(
              HttpResponseStatus.CONFLICT,
              "No more can be kept: remove some, block a wider range, or use JWT_REVOCATIONS_FILE");
      case NOT_KEPT ->
          AdminResponse.problem(
              HttpResponseStatus.INTERNAL_SERVER_ERROR,
              "STATE_DIR cannot be written. A change that keeps somebody out is in force until the"
                  + " next restart; one that lets somebody in was not made");
      case NOT_SHARED ->
          AdminResponse.problem(
              HttpResponseStatus.SERVICE_UNAVAILABLE,
              "Redis cannot be used. A change that keeps somebody out is in force on this replica, and"
                  + " the others get it when Redis is back; one that lets somebody in was not made");
    };
  }
}
