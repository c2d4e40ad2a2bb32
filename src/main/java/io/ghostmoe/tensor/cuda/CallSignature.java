package io.ghostmoe.tensor.cuda;

import java.util.StringJoiner;

/**
 * How a call that the device is asked for is told to people.
 *
 * @param name of the kernel, or of what takes its place
 * @param parameters each as kind and name, "p x": p pointer, i int, l long, f float
 */
record CallSignature(String name, String... parameters) {
  int count() {
    return parameters.length;
  }

  /** {@return the call as a person would write it} */
  String text(long[] arguments) {
    StringJoiner text = new StringJoiner(", ", name + "(", ")");
    for (int i = 0; i < parameters.length; i++) {
      String value =
          switch (parameters[i].charAt(0)) {
            case 'p' -> "0x%x".formatted(arguments[i]);
            case 'f' -> Float.toString(Float.intBitsToFloat((int) arguments[i]));
            default -> Long.toString(arguments[i]);
          };
      text.add(parameters[i].substring(2) + "=" + value);
    }
    return text.toString();
  }
}
