package io.ghostmoe.data.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The {@link LocalHub} as a program, for whoever wants to try a client on it: the port, 0 for any,
 * then repositories as {@code org/name=FOLDER}. It prints its address and serves until it is
 * killed.
 */
final class LocalHubMain {
  private static final long LARGE = 10_000_000;

  private LocalHubMain() {}

  public static void main(String[] arguments) throws IOException {
    try (LocalHub hub = new LocalHub(Integer.parseInt(arguments[0]))) {
      for (String argument : List.of(arguments).subList(1, arguments.length)) {
        String[] parts = argument.split("=", 2);
        add(hub.add(parts[0]), Path.of(parts[1]));
      }
      System.out.println(hub.address());
      while (true) {
        LockSupport.park();
      }
    }
  }

  private static void add(HubRepository repository, Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile).sorted()::iterator) {
        String path = folder.relativize(file).toString();
        boolean binary = path.matches(".*\\.(parquet|gz|zst)") || Files.size(file) > LARGE;
        if (binary) {
          repository.large(path, Files.readAllBytes(file));
        } else {
          repository.small(path, Files.readString(file));
        }
      }
    }
    repository.commit("main");
  }
}
