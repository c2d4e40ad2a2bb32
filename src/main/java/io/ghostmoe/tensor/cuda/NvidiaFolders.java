package io.ghostmoe.tensor.cuda;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Where NVIDIA's libraries lie: where the loader looks, and where installers put them.
 *
 * @param root of the file system
 * @param environment of the process, for the folders that it names
 */
public record NvidiaFolders(Path root, Map<String, String> environment) {
  /** Copies the environment. */
  public NvidiaFolders {
    environment = Map.copyOf(environment);
  }

  /** {@return the folders of this machine} */
  public static NvidiaFolders ofMachine() {
    return new NvidiaFolders(Path.of("/"), System.getenv());
  }

  /**
   * {@return the files of these names, folder by folder}
   *
   * @param patterns that names match, as the file system's globs
   */
  public List<Path> find(String... patterns) {
    List<Path> found = new ArrayList<>();
    for (Path folder : folders()) {
      for (String pattern : patterns) {
        found.addAll(matches(folder, pattern));
      }
    }
    return found;
  }

  private List<Path> folders() {
    List<Path> folders = new ArrayList<>();
    for (String variable : List.of("LD_LIBRARY_PATH", "PATH")) {
      for (String folder : environment.getOrDefault(variable, "").split(File.pathSeparator, -1)) {
        add(folders, folder, "");
      }
    }
    for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
      for (String below : List.of("lib64", "lib", "bin")) {
        add(folders, environment.getOrDefault(variable, ""), below);
      }
    }
    for (Path cuda : matches(root.resolve("usr/local"), "cuda*")) {
      folders.add(cuda.resolve("lib64"));
    }
    for (String usual :
        List.of(
            "usr/lib/x86_64-linux-gnu",
            "usr/lib/aarch64-linux-gnu",
            "usr/lib64",
            "usr/lib",
            "usr/lib/wsl/lib",
            "opt/cuda/lib64")) {
      folders.add(root.resolve(usual));
    }
    return folders;
  }

  /** What is loaded from a folder that depends on where a process was started may be anybody's. */
  private static void add(List<Path> folders, String folder, String below) {
    try {
      if (Path.of(folder).isAbsolute()) {
        folders.add(Path.of(folder).resolve(below));
      }
    } catch (InvalidPathException e) {
      // what is no path holds no library
    }
  }

  /**
   * {@return the children of a folder, by name; none where it is not there or cannot be read}
   *
   * @param folder that holds them
   * @param pattern that their names match
   */
  public static List<Path> matches(Path folder, String pattern) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, pattern)) {
      stream.forEach(found::add);
    } catch (IOException | DirectoryIteratorException e) {
      return List.of();
    }
    found.sort(null);
    return found;
  }
}
