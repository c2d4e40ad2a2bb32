import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kernel's name and parameters, as its source declares them.
 *
 * @param name of the kernel
 * @param parameters in order
 */
record Signature(String name, List<Parameter> parameters) {
  private static final Pattern COMMENT = Pattern.compile("//[^\n]*|/\\*.*?\\*/", Pattern.DOTALL);
  private static final Pattern KERNEL =
      Pattern.compile(
          "extern\\s+\"C\"\\s+__global__\\s+void\\s+(?:__launch_bounds__\\s*\\([^)]*\\)\\s*)?(\\w+)\\s*\\(([^)]*)\\)");

  /** The types that kernels may take, and those of the launcher. */
  enum Kind {
    POINTER('p', "DevicePointer", "pointer"),
    INT('i', "int", "integer"),
    LONG('l', "long", "wide"),
    FLOAT('f', "float", "real");

    final char letter;
    final String javaType;
    final String setter;

    Kind(char letter, String javaType, String setter) {
      this.letter = letter;
      this.javaType = javaType;
      this.setter = setter;
    }
  }

  /**
   * One parameter.
   *
   * @param name of it
   * @param kind of its type
   */
  record Parameter(String name, Kind kind) {}

  /** {@return the kernels of a source file, in its order} */
  static List<Signature> parse(String file, String source) {
    List<Signature> kernels = new ArrayList<>();
    String code = COMMENT.matcher(source).replaceAll(" ");
    Matcher matcher = KERNEL.matcher(code);
    while (matcher.find()) {
      List<Parameter> parameters = new ArrayList<>();
      for (String declaration : matcher.group(2).split(",")) {
        parameters.add(parameter(file + ": " + matcher.group(1), declaration.strip()));
      }
      kernels.add(new Signature(matcher.group(1), List.copyOf(parameters)));
    }
    if (kernels.size() != code.split("__global__", -1).length - 1) {
      throw new IllegalArgumentException(
          file
              + ": a __global__ function is not declared as extern \"C\" __global__ void"
              + " name(...)");
    }
    return kernels;
  }

  private static Parameter parameter(String where, String declaration) {
    Matcher parts = Pattern.compile("(.*?)(\\w+)", Pattern.DOTALL).matcher(declaration);
    if (!parts.matches()) {
      throw new IllegalArgumentException(where + ": parameter \"" + declaration + "\"");
    }
    String type =
        parts
            .group(1)
            .replaceAll("\\b(const|__restrict__)\\b", " ")
            .strip()
            .replaceAll("\\s+", " ");
    Kind kind =
        switch (type) {
          case "int" -> Kind.INT;
          case "long long", "unsigned long long" -> Kind.LONG;
          case "float" -> Kind.FLOAT;
          default -> {
            if (!type.endsWith("*")) {
              throw new IllegalArgumentException(
                  where
                      + ": a parameter of type "
                      + type
                      + ": use a pointer, int, long long or float");
            }
            yield Kind.POINTER;
          }
        };
    return new Parameter(parts.group(2), kind);
  }
}
