package io.ghostmoe.tensor.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The parts of {@code bench/gpu-check.sh} that need Java: each writes a JSON file, one reads all.
 */
final class GpuCheck {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private GpuCheck() {}

  /**
   * {@code device OUT}, {@code products OUT}, {@code operations:WORKLOAD OUT}, {@code
   * step:WORKLOAD[:bf16][:cublas] OUT} or {@code report OUT}; without {@code cublas} by our kernels
   * alone.
   */
  public static void main(String[] arguments) throws IOException {
    String[] part = arguments[0].split(":", -1);
    Path out = Path.of(arguments[1]);
    switch (part[0]) {
      case "device" -> write(out, "device", device());
      case "products" -> write(out, "products", GpuProducts.measure(CudaFixture.gpu()));
      case "operations" -> write(out, "operations-" + part[1], operations(workload(part[1])));
      case "step" ->
          write(
              out,
              String.join("-", part),
              GpuStep.measure(
                  CudaFixture.gpu(),
                  workload(part[1]),
                  List.of(part).contains("bf16") ? Precision.BF16 : Precision.FP32,
                  List.of(part).contains("cublas")
                      ? CublasSearch.ofProcess()
                      : CublasSearch.off()));
      case "report" -> report(out);
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static GpuWorkload workload(String name) {
    return GpuWorkload.valueOf(name.toUpperCase(Locale.ROOT));
  }

  private static Map<String, Object> device() {
    Map<String, Object> json = new LinkedHashMap<>();
    Gpu gpu = CudaFixture.gpu();
    json.put("gpu", gpu.toString());
    json.put("emulated", CudaFixture.isEmulated());
    json.put("probe", new CudaProbe().look().toString());
    try (CudaContext cuda = new CudaContext(gpu, CudaMemory.Reuse.POOLED)) {
      json.put("cublas", CublasSearch.ofProcess().open(cuda).finding().toString());
      json.putAll(peaks(cuda).json());
    }
    return json;
  }

  private static GpuPeaks peaks(CudaContext cuda) {
    return GpuPeaks.of(cuda, CudaFixture.isEmulated() ? 1 << 20 : 1 << 30);
  }

  private static List<Map<String, Object>> operations(GpuWorkload workload) {
    Gpu gpu = CudaFixture.gpu();
    GpuPeaks peaks;
    try (CudaContext cuda = new CudaContext(gpu, CudaMemory.Reuse.POOLED)) {
      peaks = peaks(cuda);
    }
    try (CudaBackend backend = CudaFixture.ownKernels()) {
      return GpuOperations.measure(backend, workload, peaks);
    }
  }

  private static void write(Path out, String name, Object value) throws IOException {
    Files.writeString(out.resolve(name + ".json"), JSON.writeValueAsString(value));
  }

  /** Gathers what the parts wrote into one JSON file and one table. */
  private static void report(Path out) throws IOException {
    ObjectNode all = JSON.createObjectNode();
    try (var files = Files.newDirectoryStream(out, "*.json")) {
      List<Path> sorted = new ArrayList<>();
      files.forEach(sorted::add);
      sorted.sort(null);
      for (Path file : sorted) {
        String name = file.getFileName().toString().replace(".json", "");
        if (!name.equals("gpu-check")) {
          all.set(name, JSON.readTree(Files.readString(file)));
        }
      }
    }
    Files.writeString(out.resolve("gpu-check.json"), JSON.writeValueAsString(all));
    Files.writeString(out.resolve("gpu-check.txt"), table(all));
  }

  private static String table(JsonNode all) {
    StringBuilder text = new StringBuilder();
    JsonNode device = all.path("device");
    text.append("%s%n".formatted(device.path("gpu").asString("no device")));
    text.append(
        "copy %.0f GB/s, fp32 %.1f TFLOP/s by clock, cuBLAS: %s%n%n"
            .formatted(
                device.path("copy_gb_per_second").asDouble(0),
                device.path("fp32_tflops_by_clock").asDouble(0),
                device.path("cublas").asString("no")));
    all.properties()
        .forEach(
            entry -> {
              String name = entry.getKey();
              if (name.startsWith("parts")) {
                text.append("parts%n".formatted());
                entry
                    .getValue()
                    .properties()
                    .forEach(
                        part ->
                            text.append("  %-28s %s%n".formatted(part.getKey(), part.getValue())));
              } else if (name.equals("products")) {
                text.append("%n%s%n".formatted(name)).append(products(entry.getValue()));
              } else if (name.startsWith("operations-")) {
                text.append("%n%s%n".formatted(name)).append(operations(entry.getValue()));
              } else if (name.startsWith("step-") || name.startsWith("torch")) {
                text.append("%n%s%n".formatted(name)).append(steps(entry.getValue()));
              }
            });
    return text.toString();
  }

  /** In TFLOP/s, by our kernels and by cuBLAS. */
  private static String products(JsonNode rows) {
    String[] columns = {"fp32 own", "fp32 cublas", "bf16 own", "bf16 cublas"};
    StringBuilder text = new StringBuilder("  %-16s %22s".formatted("product", "m × n × k"));
    for (String column : columns) {
      text.append(" %11s".formatted(column));
    }
    for (JsonNode row : rows) {
      text.append(
          "%n  %-16s %22s"
              .formatted(
                  row.path("product").asString(),
                  "%d × %d × %d"
                      .formatted(
                          row.path("m").asInt(), row.path("n").asInt(), row.path("k").asInt())));
      for (String column : columns) {
        text.append(" %11.2f".formatted(row.path(column).asDouble(0)));
      }
    }
    return text.append("%n".formatted()).toString();
  }

  private static String operations(JsonNode rows) {
    StringBuilder text =
        new StringBuilder(
            "  %-36s %11s %11s %9s %9s %11s %8s%n"
                .formatted(
                    "operation",
                    "kernels us",
                    "call us",
                    "GB/s",
                    "TFLOP/s",
                    "roofline us",
                    "of it"));
    for (JsonNode row : rows) {
      text.append(
          row.has("error")
              ? "  %-36s %s%n"
                  .formatted(row.path("operation").asString(), row.path("error").asString())
              : "  %-36s %11.1f %11.1f %9.0f %9.2f %11.1f %7.0f%%%n"
                  .formatted(
                      row.path("operation").asString(),
                      row.path("kernel_us").asDouble(0),
                      row.path("with_launches_us").asDouble(0),
                      row.path("gb_per_second").asDouble(0),
                      row.path("tflops").asDouble(0),
                      row.path("roofline_us").asDouble(0),
                      100 * row.path("of_roofline").asDouble(0)));
    }
    return text.toString();
  }

  private static String steps(JsonNode step) {
    StringBuilder text = new StringBuilder();
    step.properties()
        .forEach(
            entry -> {
              if (entry.getKey().equals("kernels")) {
                entry
                    .getValue()
                    .properties()
                    .forEach(
                        kernel ->
                            text.append(
                                "    %-44s %5d × %9.3f ms%n"
                                    .formatted(
                                        kernel.getKey(),
                                        kernel.getValue().path("launches").asInt(),
                                        kernel.getValue().path("ms").asDouble(0))));
              } else if (entry.getValue().isObject()) {
                text.append("  %s%n".formatted(entry.getKey())).append(steps(entry.getValue()));
              } else {
                text.append("  %-20s %s%n".formatted(entry.getKey(), legible(entry.getValue())));
              }
            });
    return text.toString();
  }

  private static String legible(JsonNode value) {
    return value.isFloatingPointNumber() ? "%.3f".formatted(value.asDouble()) : value.asString();
  }
}
