package io.donna.gateway.telemetry.otel;

import io.donna.gateway.telemetry.Telemetry;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.CountAtBucket;
import io.micrometer.core.instrument.distribution.HistogramSnapshot;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.sdk.common.Clock;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.Data;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.GaugeData;
import io.opentelemetry.sdk.metrics.data.HistogramData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.metrics.data.SumData;
import io.opentelemetry.sdk.metrics.export.MetricProducer;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Reads the gateway's meters as OpenTelemetry's metrics: the same names, labels and values as in
 * {@code /metrics}, since the start. Safe from any thread.
 */
final class MeterReader implements MetricProducer {
  private static final InstrumentationScopeInfo SCOPE =
      InstrumentationScopeInfo.create(OtelExport.SCOPE);

  /** OpenTelemetry's names of units (UCUM); others stay as they are. */
  private static final Map<String, String> UNITS = Map.of("seconds", "s", "bytes", "By");

  private final Telemetry telemetry;
  private final long start;

  MeterReader(Telemetry telemetry) {
    this.telemetry = telemetry;
    this.start = Clock.getDefault().now();
  }

  /** A kind of metric and a point of it. */
  private sealed interface Point {
    record Sum(DoublePointData value) implements Point {}

    record Level(DoublePointData value) implements Point {}

    record Buckets(HistogramPointData value) implements Point {}
  }

  @Override
  public Collection<MetricData> produce(Resource resource) {
    long now = Clock.getDefault().now();
    Map<String, List<Point>> points = new LinkedHashMap<>();
    Map<String, String> units = new LinkedHashMap<>();
    for (Meter meter : telemetry.meters()) {
      point(meter, now)
          .ifPresent(point -> {
            String name = meter.getId().getName();
            points.computeIfAbsent(name, _ -> new ArrayList<>()).add(point);
            units.putIfAbsent(name, unit(meter));
          });
    }
    List<MetricData> metrics = new ArrayList<>(points.size());
    points.forEach(
        (name, all) -> metrics.add(metric(resource, name, units.getOrDefault(name, ""), all)));
    return metrics;
  }

  private static String unit(Meter meter) {
    if (meter instanceof Timer) {
      return "s";
    }
    String unit = Objects.requireNonNullElse(meter.getId().getBaseUnit(), "");
    return UNITS.getOrDefault(unit, unit);
  }

  private Optional<Point> point(Meter meter, long now) {
    Attributes labels = labels(meter);
    return switch (meter) {
      case Counter counter -> sum(counter.count(), labels, now);
      case FunctionCounter counter -> sum(counter.count(), labels, now);
      case Timer timer -> Optional.of(new Point.Buckets(buckets(timer, labels, now)));
      case Gauge gauge when Double.isFinite(gauge.value()) ->
          Optional.of(new Point.Level(value(now, labels, gauge.value(), now)));
      default -> Optional.empty();
    };
  }

  private Optional<Point> sum(double value, Attributes labels, long now) {
    return Double.isFinite(value)
        ? Optional.of(new Point.Sum(value(start, labels, value, now)))
        : Optional.empty();
  }

  private static DoublePointData value(long start, Attributes labels, double value, long now) {
    return DoublePointData.create(start, now, labels, value, List.of());
  }

  private static Attributes labels(Meter meter) {
    AttributesBuilder labels = Attributes.builder();
    for (Tag tag : meter.getId().getTags()) {
      if (!tag.getValue().isEmpty()) {
        labels.put(tag.getKey(), tag.getValue());
      }
    }
    return labels.build();
  }

  private HistogramPointData buckets(Timer timer, Attributes labels, long now) {
    HistogramSnapshot snapshot = timer.takeSnapshot();
    List<Double> bounds = new ArrayList<>();
    List<Long> counts = new ArrayList<>();
    long below = 0;
    for (CountAtBucket bucket : snapshot.histogramCounts()) {
      if (Double.isFinite(bucket.bucket())) {
        long upTo = Math.max(below, (long) bucket.count());
        bounds.add(bucket.bucket(TimeUnit.SECONDS));
        counts.add(upTo - below);
        below = upTo;
      }
    }
    // Counted apart from the buckets, so that it may be behind them by a moment.
    counts.add(Math.max(0, snapshot.count() - below));
    double sum = snapshot.total(TimeUnit.SECONDS);
    return HistogramPointData.create(start, now, labels, sum, false, 0, false, 0, bounds, counts);
  }

  private static MetricData metric(
      Resource resource, String name, String unit, List<Point> points) {
    return switch (points.getFirst()) {
      case Point.Sum _ ->
          new Metric(
              resource,
              name,
              unit,
              MetricDataType.DOUBLE_SUM,
              SumData.createDoubleSumData(
                  true, AggregationTemporality.CUMULATIVE, values(points, Point.Sum.class)));
      case Point.Level _ ->
          new Metric(
              resource,
              name,
              unit,
              MetricDataType.DOUBLE_GAUGE,
              GaugeData.createDoubleGaugeData(values(points, Point.Level.class)));
      case Point.Buckets _ ->
          new Metric(
              resource,
              name,
              unit,
              MetricDataType.HISTOGRAM,
              HistogramData.create(
                  AggregationTemporality.CUMULATIVE,
                  points.stream()
                      .filter(Point.Buckets.class::isInstance)
                      .map(point -> ((Point.Buckets) point).value())
                      .toList()));
    };
  }

  private static List<DoublePointData> values(List<Point> points, Class<? extends Point> kind) {
    List<DoublePointData> values = new ArrayList<>(points.size());
    for (Point point : points) {
      if (kind.isInstance(point)) {
        switch (point) {
          case Point.Sum(DoublePointData value) -> values.add(value);
          case Point.Level(DoublePointData value) -> values.add(value);
          case Point.Buckets _ -> {}
        }
      }
    }
    return values;
  }

  /** A metric of the gateway's; the SDK has no public class for one. */
  private record Metric(
      Resource resource, String name, String unit, MetricDataType type, Data<?> data)
      implements MetricData {
    @Override
    public Resource getResource() {
      return resource;
    }

    @Override
    public InstrumentationScopeInfo getInstrumentationScopeInfo() {
      return SCOPE;
    }

    @Override
    public String getName() {
      return name;
    }

    @Override
    public String getDescription() {
      return "";
    }

    @Override
    public String getUnit() {
      return unit;
    }

    @Override
    public MetricDataType getType() {
      return type;
    }

    @Override
    public Data<?> getData() {
      return data;
    }
  }
}
