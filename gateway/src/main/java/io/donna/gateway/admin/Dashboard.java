package io.donna.gateway.admin;

import io.donna.gateway.edge.WebFile;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;

/**
 * The page at {@code /} and its files. Anybody who reaches the port may load it, as it says nothing
 * of the gateway: it signs its user in and asks the API. Each file is read from the jar when it is
 * asked for, as most gateways are never looked at.
 */
public final class Dashboard {
  static final String PATH = "/dashboard/";

  /** Those of {@code src/main/web/admin}, beside {@code index.html}. */
  static final List<String> FILES =
      List.of(
          "api.js",
          "app.js",
          "charts.js",
          "dialog.js",
          "dom.js",
          "format.js",
          "grid.js",
          "operations.js",
          "picture.js",
          "store.js",
          "stream.js",
          "style.css",
          "view-actions.js",
          "view-call.js",
          "view-calls.js",
          "view-ended.js",
          "view-now.js",
          "view-security.js",
          "view-sign-in.js",
          "view-usage.js");

  /** Those that it has in common with the playground. */
  static final List<String> COMMON_FILES = List.of("icon.svg", "theme.js");

  private static final String CHARTS = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

  private Dashboard() {}

  /** The rows of the admin port's table. */
  public static List<Route> routes() {
    return Stream.of(
            Stream.of(page("/", "admin", "index.html")),
            FILES.stream().map(name -> page(PATH + name, "admin", name)),
            COMMON_FILES.stream().map(name -> page(PATH + name, "playground", name)),
            Stream.of(charts("uplot.js", "uPlot.esm.js"), charts("uplot.css", "uPlot.min.css")))
        .flatMap(rows -> rows)
        .toList();
  }

  private static Route page(String path, String folder, String name) {
    return Route.get(path, OperatorRole.OPEN, call -> answer(call, WebFile.ofJar(folder, name)));
  }

  /** A file of uPlot, from its WebJar. */
  private static Route charts(String name, String original) {
    return Route.get(
        PATH + name,
        OperatorRole.OPEN,
        call -> answer(call, WebFile.ofResource(name, CHARTS + original)));
  }

  /** The file, or 304 where the browser holds it already. */
  private static AdminResponse answer(AdminRequest call, WebFile file) {
    boolean held = file.isHeldBy(call.request().headers().getAll(HttpHeaderNames.IF_NONE_MATCH));
    return new AdminResponse.Whole(
        held ? HttpResponseStatus.NOT_MODIFIED : HttpResponseStatus.OK,
        file.headers(),
        file.contentType(),
        held ? ByteBuffer.allocate(0) : file.content().nioBuffer());
  }
}
