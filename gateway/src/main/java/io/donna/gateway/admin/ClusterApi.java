package io.donna.gateway.admin;

import io.donna.gateway.edge.Gateway;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Shows how each replica is. */
final class ClusterApi {
  private final Gateway gateway;
  private final ClusterView cluster;

  ClusterApi(Gateway gateway, ClusterView cluster) {
    this.gateway = gateway;
    this.cluster = cluster;
  }

  List<Route> routes() {
    return List.of(Route.get("/api/v1/cluster", OperatorRole.VIEWER, this::cluster));
  }

  /** This replica comes first. */
  private AdminResponse cluster(AdminRequest call) throws InterruptedException {
    ClusterView.Seen<List<JsonNode>> others = cluster.otherStatuses(ClusterView.PATIENCE);
    ObjectNode json =
        AdminResponse.object()
            .put("shared", cluster.isShared())
            .put("answering", gateway.cluster().isAnswering());
    ArrayNode replicas = json.putArray("replicas").add(cluster.status());
    others.value().forEach(replicas::add);
    return AdminResponse.ok(json.put("unheard", others.unheard()));
  }
}
