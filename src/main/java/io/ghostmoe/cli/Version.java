package io.ghostmoe.cli;

import org.jspecify.annotations.Nullable;

/** What {@code --version} says. */
final class Version {
  private Version() {}

  static String[] lines() {
    @Nullable String version = Version.class.getPackage().getImplementationVersion();
    return new String[] {
      "GhostMoE " + (version == null ? "(not packaged)" : version),
      "Java %s, %s %s"
          .formatted(
              System.getProperty("java.version"),
              System.getProperty("os.name"),
              System.getProperty("os.arch"))
    };
  }
}
