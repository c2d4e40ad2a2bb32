import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.StringJoiner;

/** Writes one Java class for each source, with one typed method for each kernel. */
final class Launchers {
  private static final String PACKAGE = "io.ghostmoe.tensor.cuda";

  private Launchers() {}

  static void write(Sources sources, Path target) throws IOException {
    Path folder = target.resolve(PACKAGE.replace('.', '/'));
    for (Path file : sources.files()) {
      String operation = Sources.operation(file);
      String name = camel("_" + operation) + "Kernels";
      List<Signature> kernels = Signature.parse(file.toString(), Files.readString(file));
      Sources.write(folder.resolve(name + ".java"), javaClass(name, operation, kernels));
    }
  }

  private static String javaClass(String name, String operation, List<Signature> kernels) {
    StringBuilder fields = new StringBuilder();
    StringBuilder makers = new StringBuilder();
    StringBuilder methods = new StringBuilder();
    for (Signature kernel : kernels) {
      String field = camel(kernel.name());
      fields.append("  private final Kernel %s;\n".formatted(field));
      makers.append(
          "    %s = new Kernel(cuda, \"%s\", \"%s\"".formatted(field, operation, kernel.name()));
      for (Signature.Parameter parameter : kernel.parameters()) {
        makers.append(", \"%c %s\"".formatted(parameter.kind().letter, parameter.name()));
      }
      makers.append(");\n");
      methods.append(method(field, kernel));
    }
    return """
    package %s;

    import javax.annotation.processing.Generated;

    /** Launches the kernels of {@code kernels/%s.cu}. */
    @Generated("kernels/build")
    final class %s {
    %s
      %s(CudaContext cuda) {
    %s  }
    %s}
    """
        .formatted(PACKAGE, operation, name, fields, name, makers, methods);
  }

  private static String method(String field, Signature kernel) {
    StringJoiner parameters = new StringJoiner(", ");
    StringBuilder setters = new StringBuilder();
    parameters.add("Grid grid");
    for (Signature.Parameter parameter : kernel.parameters()) {
      parameters.add(parameter.kind().javaType + " " + parameter.name());
      setters.append(
          "    arguments.%s(%s);\n".formatted(parameter.kind().setter, parameter.name()));
    }
    return """

      void %s(%s) {
        ArgumentBlock arguments = this.%s.begin();
    %s    this.%s.launch(grid, arguments);
      }
    """
        .formatted(field, parameters, field, setters, field);
  }

  /** {@code layer_norm_f32} as {@code layerNormF32}. */
  private static String camel(String name) {
    StringBuilder text = new StringBuilder();
    boolean upper = false;
    for (char c : name.toCharArray()) {
      if (c == '_') {
        upper = true;
      } else {
        text.append(upper ? Character.toUpperCase(c) : c);
        upper = false;
      }
    }
    return text.toString();
  }
}
