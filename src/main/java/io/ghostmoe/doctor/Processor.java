package io.ghostmoe.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The machine's processor as far as the system tells.
 *
 * @param model its name; empty where the system does not say
 * @param flags the names of its features, as Linux has them
 * @param cores of the whole machine; 0 where the system does not say
 */
record Processor(String model, Set<String> flags, int cores) {
  /** What matters to arithmetic on floats, oldest first. */
  private static final List<String> FEATURES =
      List.of(
          "sse4_2",
          "avx",
          "avx2",
          "fma",
          "f16c",
          "avx512f",
          "avx512bw",
          "avx512vl",
          "avx512_vnni",
          "avx512_bf16",
          "amx_tile",
          "asimd",
          "asimdhp",
          "sve",
          "sve2",
          "bf16");

  /** Reads Linux's list; a machine without one is unknown. */
  static Processor read(Path cpuinfo) {
    try {
      return parse(Files.readString(cpuinfo, StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      return new Processor("", Set.of(), 0);
    }
  }

  static Processor parse(String cpuinfo) {
    String model = "";
    Set<String> flags = new LinkedHashSet<>();
    int cores = 0;
    for (String line : cpuinfo.lines().toList()) {
      int colon = line.indexOf(':');
      String key = colon < 0 ? "" : line.substring(0, colon).strip();
      String value = line.substring(colon + 1).strip();
      switch (key) {
        case "processor" -> cores++;
        case "model name" -> model = value;
        case "flags", "Features" -> flags.addAll(Arrays.asList(value.split("\\s+")));
        default -> {}
      }
    }
    return new Processor(model, flags, cores);
  }

  /** Which of the features that matter it has. */
  Check features(String architecture) {
    String name = model.isEmpty() ? architecture : model + ", " + architecture;
    List<String> known = FEATURES.stream().filter(flags::contains).toList();
    return Check.ok(
        "cpu",
        name + (flags.isEmpty() ? ", features not told here" : ": " + String.join(", ", known)));
  }

  /**
   * The cores that training uses unless told otherwise.
   *
   * @param available that Java may use
   */
  Check cores(int available) {
    String all = cores > available ? " of the machine's " + cores : "";
    return Check.ok("cores", available + all);
  }
}
