package io.ghostmoe.base;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * Files and folders that are there whole or not at all: written beside, forced to disk, renamed.
 */
public final class AtomicFiles {
  private static final String UNFINISHED = ".incomplete";

  private AtomicFiles() {}

  /**
   * {@return where a file is written before it takes the place of {@code target}: in the same
   * folder}
   *
   * @param target where the finished file will be; need not exist
   */
  public static Path beside(Path target) {
    return target.resolveSibling(target.getFileName() + UNFINISHED);
  }

  /**
   * {@return whether the name is one of {@link #beside}: a leftover, where nobody is writing}
   *
   * @param file of which only the name is looked at
   */
  public static boolean isUnfinished(Path file) {
    return String.valueOf(file.getFileName()).endsWith(UNFINISHED);
  }

  /**
   * Replaces {@code target} by {@code content} (UTF-8), atomically and durably.
   *
   * @param target a file, which need not exist, in a folder that does
   * @param content all that the file will hold
   * @throws IOException if it cannot be written; {@code target} is whole all the same, the old one
   *     or the new
   */
  public static void writeString(Path target, String content) throws IOException {
    write(target, content.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Replaces {@code target} by {@code content}, atomically and durably.
   *
   * @param target a file, which need not exist, in a folder that does
   * @param content all that the file will hold
   * @throws IOException if it cannot be written; {@code target} is whole all the same, the old one
   *     or the new
   */
  public static void write(Path target, byte[] content) throws IOException {
    Path beside = beside(target);
    try (FileChannel channel =
        FileChannel.open(
            beside,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer buffer = ByteBuffer.wrap(content);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    } catch (IOException e) {
      Files.deleteIfExists(beside);
      throw e;
    }
    publish(beside, target);
  }

  /**
   * Renames a finished file or folder to the name under which readers look for it. The contents
   * must have been forced to disk; the rename is, here.
   *
   * @param finished what is renamed, on the same file system as {@code target}
   * @param target its new name; a file of that name is replaced, a folder only if it is empty
   * @throws IOException if it cannot be renamed, or the rename cannot be forced to disk
   */
  public static void publish(Path finished, Path target) throws IOException {
    Files.move(
        finished, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    Path parent = target.toAbsolutePath().getParent();
    if (parent != null) {
      forceFolder(parent);
    }
  }

  /**
   * Makes renames and new names in {@code folder} durable.
   *
   * @param folder an existing one
   * @throws IOException if it cannot be forced to disk
   */
  public static void forceFolder(Path folder) throws IOException {
    if (System.getProperty("os.name", "").startsWith("Windows")) {
      return; // a folder cannot be opened there, and NTFS journals its names
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /**
   * Deletes a file, or a folder with all that is in it; symbolic links are not followed.
   *
   * @param root what to delete; nothing happens where there is none
   * @throws IOException if something of it cannot be deleted; what came before it is gone
   */
  public static void deleteRecursively(Path root) throws IOException {
    try {
      Files.walkFileTree(
          root,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
                throws IOException {
              if (failure != null) {
                throw failure;
              }
              Files.deleteIfExists(folder);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (NoSuchFileException e) {
      // gone already, which is what was asked for
    }
  }
}
