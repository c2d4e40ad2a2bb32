import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What is made of the kernels' sources. Run with a JDK 25 in the project's folder:
 *
 * <pre>
 * java kernels/build/Main.java launchers [FOLDER]            the typed Java launchers (the build does)
 * java kernels/build/Main.java ptx [FOLDER]                  the PTX that is committed; needs nvcc
 * java kernels/build/Main.java check [FOLDER]                whether that is of these sources
 * java kernels/build/Main.java emulator [FOLDER [OPTION…]]   the driver and cuBLAS of the host; needs g++
 * java kernels/build/Main.java replay [FOLDER [OPTION…]]     the program that runs recorded launches again
 * </pre>
 */
final class Main {
  private static final String PTX = "src/main/resources/io/ghostmoe/tensor/cuda/ptx";

  /** Of {@code kernels/lab}, which tests alone run. */
  private static final String LAB_PTX = "src/test/resources/io/ghostmoe/tensor/cuda/ptx";

  private Main() {}

  public static void main(String[] arguments) throws Exception {
    Path project = Path.of("").toAbsolutePath();
    Path kernels = project.resolve("kernels");
    Sources sources = new Sources(kernels, kernels);
    Sources lab = new Sources(kernels.resolve("lab"), kernels);
    List<String> given = new ArrayList<>(List.of(arguments));
    String what = given.isEmpty() ? "" : given.removeFirst();
    Path folder = given.isEmpty() ? null : Path.of(given.removeFirst()).toAbsolutePath();
    switch (what) {
      case "launchers" ->
          Launchers.write(sources, or(folder, project.resolve("target/generated-sources/cuda")));
      case "ptx" -> {
        Ptx.write(sources, or(folder, project.resolve(PTX)));
        Ptx.write(lab, or(folder, project.resolve(LAB_PTX)));
      }
      case "check" -> {
        List<Path> stale = Ptx.stale(sources, or(folder, project.resolve(PTX)));
        stale.addAll(Ptx.stale(lab, or(folder, project.resolve(LAB_PTX))));
        if (!stale.isEmpty()) {
          System.err.println(
              "not what the sources give: " + stale + ": run java kernels/build/Main.java ptx");
          System.exit(1);
        }
      }
      case "emulator" ->
          emulator(sources, lab, or(folder, project.resolve("target/emulator")), given).libraries();
      case "replay" ->
          emulator(sources, lab, or(folder, project.resolve("target/replay")), given).replay();
      default -> {
        System.err.println(
            "usage: java kernels/build/Main.java launchers|ptx|check|emulator|replay [FOLDER]");
        System.exit(2);
      }
    }
  }

  private static Emulator emulator(
      Sources sources, Sources lab, Path target, List<String> options) {
    return new Emulator(List.of(sources, lab), target, options);
  }

  private static Path or(Path given, Path usual) {
    return given == null ? usual : given;
  }
}
