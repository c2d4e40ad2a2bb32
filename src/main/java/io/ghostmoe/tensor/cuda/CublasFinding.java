package io.ghostmoe.tensor.cuda;

/** Whether NVIDIA's cuBLAS multiplies large matrices. */
public sealed interface CublasFinding {
  /**
   * It does.
   *
   * @param version of the library, for example 13.1
   * @param library as it was loaded, a name or a path
   */
  record Used(String version, String library) implements CublasFinding {}

  /**
   * This program's own kernels do.
   *
   * @param cause why cuBLAS does not
   */
  record Unused(String cause) implements CublasFinding {}
}
