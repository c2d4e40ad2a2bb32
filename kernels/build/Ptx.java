import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Compiles each source to the PTX that is committed and shipped. It is for the least GPU that can
 * run it, and in the version that drivers from R525 on take; nvcc would write a newer one, which
 * they refuse, though nothing in the text needs it (kernels' tests hold that with CUDA 12.0's own
 * compiler).
 */
final class Ptx {
  private Ptx() {}

  /** {@return the files that are not those of the sources, or of no source} */
  static List<Path> stale(Sources sources, Path target) throws IOException {
    List<Path> stale = new ArrayList<>();
    for (Path file : sources.files()) {
      if (!isFresh(sources, file, target)) {
        stale.add(of(file, target));
      }
    }
    for (Path ptx : Sources.matching(target, "*.ptx")) {
      if (!Files.exists(sources.folder().resolve(Sources.operation(ptx) + ".cu"))) {
        stale.add(ptx);
      }
    }
    return stale;
  }

  private static Path of(Path source, Path target) {
    return target.resolve(Sources.operation(source) + ".ptx");
  }

  private static String mark(Sources sources, Path file) throws IOException {
    return "// sources " + sources.hash(file) + "\n";
  }

  private static boolean isFresh(Sources sources, Path file, Path target) throws IOException {
    Path ptx = of(file, target);
    return Files.exists(ptx) && Files.readString(ptx).startsWith(mark(sources, file));
  }

  static void write(Sources sources, Path target) throws IOException, InterruptedException {
    for (Path file : sources.files()) {
      if (isFresh(sources, file, target)) {
        continue;
      }
      String operation = Sources.operation(file);
      Path ptx = of(file, target);
      Path fresh = Files.createTempFile("ghostmoe", ".ptx");
      Tools.run(
          List.of(
              "nvcc",
              "-ptx",
              "-O3",
              "-std=c++17",
              "-arch=" + architecture(operation),
              "-I",
              sources.folder().toString(),
              "-o",
              fresh.toString(),
              file.toString()));
      Sources.write(ptx, mark(sources, file) + portable(Files.readString(fresh)));
      Files.delete(fresh);
      System.out.println("compiled " + ptx);
    }
  }

  /** Tensor cores take bfloat16 and tf32 from Ampere on; all else runs from Turing on. */
  private static String architecture(String operation) {
    return operation.endsWith("_bf16") || operation.endsWith("_tf32") ? "compute_80" : "compute_75";
  }

  private static String portable(String text) {
    StringBuilder kept = new StringBuilder();
    text.lines()
        .filter(line -> !line.startsWith("//")) // nvcc's build number
        .map(line -> line.startsWith(".version ") ? ".version 8.0" : line)
        .forEach(line -> kept.append(line).append('\n'));
    return kept.toString().strip() + "\n";
  }
}
