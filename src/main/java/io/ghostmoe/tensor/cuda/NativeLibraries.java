package io.ghostmoe.tensor.cuda;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/**
 * Loads JCuda's native library from a folder that nobody else can write to. By itself JCuda unpacks
 * it under a fixed name in the common temporary folder and loads whatever already lies there, so
 * another user of the machine could have this process run code of theirs.
 */
final class NativeLibraries {
  private static final String TEMPORARY = "java.io.tmpdir";

  private NativeLibraries() {}

  /** Loads the binding to the driver, once a process; the driver is known to be there. */
  static void load() {
    load(() -> JCudaDriver.setExceptionsEnabled(false));
  }

  /**
   * Loads what a class of JCuda needs.
   *
   * @param initialiser whose first touch of that class makes it unpack and load
   */
  static synchronized void load(Runnable initialiser) {
    String common = System.getProperty(TEMPORARY);
    @Nullable Path folder = null;
    try {
      folder = Files.createTempDirectory("ghostmoe-cuda-"); // for its owner alone
      System.setProperty(TEMPORARY, folder.toString());
      initialiser.run();
    } catch (IOException e) {
      throw UserException.environment(
          "JCuda's native library cannot be unpacked in %s (%s): free space, or name another folder by GHOSTMOE_JAVA_OPTS=-Djava.io.tmpdir=FOLDER"
              .formatted(common, e.getMessage()),
          e);
    } catch (LinkageError e) { // also of a class whose first touch failed before
      throw UserException.environment(
          "JCuda's native library cannot be loaded from %s (%s): where that is mounted noexec, name another folder by GHOSTMOE_JAVA_OPTS=-Djava.io.tmpdir=FOLDER"
              .formatted(common, String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
          e);
    } finally {
      System.setProperty(TEMPORARY, common);
      remove(folder);
    }
  }

  /** What is loaded stays loaded without its file. */
  private static void remove(@Nullable Path folder) {
    if (folder == null) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      // it is in the temporary folder, which the system empties
    }
  }
}
