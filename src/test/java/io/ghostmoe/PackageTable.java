package io.ghostmoe;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The architecture's table of packages, from the bottom up: which packages of ours each may know
 * and which foreign libraries. A new package takes one line; its subpackages belong to it unless
 * they have a line of their own.
 */
final class PackageTable {
  private static final List<String> JACKSON = List.of("tools.jackson", "com.fasterxml.jackson");
  private static final List<String> DATA =
      List.of(
          "ai.djl",
          "com.knuddels.jtokkit",
          "tools.jackson",
          "com.fasterxml.jackson",
          "dev.hardwood",
          "de.siegmar.fastcsv",
          "org.xerial.snappy",
          "com.github.luben.zstd");
  private static final List<String> NONE = List.of();

  /**
   * What one package may know directly: rows by name, and libraries by the package they start with.
   */
  private record Row(Set<String> packages, List<String> libraries) {}

  /** In the order of the table; the empty name is the root package itself. */
  private final Map<String, Row> rows = new LinkedHashMap<>();

  PackageTable() {
    row("base", List.of(), NONE);
    row("tensor", List.of(), NONE);
    row("tensor.cpu", List.of("tensor"), List.of("jdk.incubator.vector"));
    row("tensor.cuda", List.of("tensor"), List.of("jcuda"));
    row("device", List.of("tensor", "tensor.cpu", "tensor.cuda"), NONE);
    row("autograd", List.of("tensor"), NONE);
    row("moe.ghost", List.of(), NONE);
    row("moe", List.of("autograd", "moe.ghost"), NONE);
    row("model", List.of("moe"), NONE);
    row("optim", List.of("autograd"), NONE);
    row("data", List.of(), DATA);
    row("checkpoint", List.of("model", "optim"), JACKSON);
    row("generate", List.of("model", "data"), NONE);
    rowThatKnowsAllAbove("train", JACKSON); // writes the metrics, one JSON object a line
    row("report", List.of("train"), JACKSON);
    row("doctor", List.of("train", "device"), NONE);
    rowThatKnowsAllAbove("", JACKSON);
    rowThatKnowsAllAbove("cli", List.of("picocli", "me.tongfei.progressbar"));
  }

  /** Who may know a row may know what that row knows. */
  private void row(String name, List<String> known, List<String> libraries) {
    Set<String> packages = new HashSet<>(Set.of(name));
    if (!name.equals("base")) {
      packages.add("base");
    }
    for (String other : known) {
      packages.addAll(named(other).packages());
    }
    rows.put(name, new Row(packages, libraries));
  }

  private void rowThatKnowsAllAbove(String name, List<String> libraries) {
    row(name, List.copyOf(rows.keySet()), libraries);
  }

  /**
   * The row of a package of ours: the longest name in the table that it starts with.
   *
   * @param name relative to the root package, empty for the root itself
   */
  Optional<String> rowOf(String name) {
    if (name.isEmpty()) {
      return Optional.of(name);
    }
    for (String prefix = name; !prefix.isEmpty(); prefix = parentOf(prefix)) {
      if (rows.containsKey(prefix)) {
        return Optional.of(prefix);
      }
    }
    return Optional.empty();
  }

  private Row named(String name) {
    return Objects.requireNonNull(rows.get(name), name);
  }

  boolean mayKnow(String row, String otherRow) {
    return named(row).packages().contains(otherRow);
  }

  boolean mayUseLibrary(String row, String packageName) {
    return named(row).libraries().stream().anyMatch(library -> startsWith(packageName, library));
  }

  static boolean isJdk(String packageName) {
    return startsWith(packageName, "java")
        || startsWith(packageName, "javax")
        || startsWith(packageName, "com.sun.management")
        || (startsWith(packageName, "jdk") && !startsWith(packageName, "jdk.incubator"));
  }

  static boolean startsWith(String packageName, String prefix) {
    return packageName.equals(prefix) || packageName.startsWith(prefix + ".");
  }

  private static String parentOf(String name) {
    return name.substring(0, Math.max(0, name.lastIndexOf('.')));
  }
}
