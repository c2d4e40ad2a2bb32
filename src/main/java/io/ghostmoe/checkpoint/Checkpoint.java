package io.ghostmoe.checkpoint;

import io.ghostmoe.base.UserException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A checkpoint whose files are there in their right sizes; contents are checked when asked for. */
public final class Checkpoint {
  private final CheckpointStore store;
  private final Path folder;
  private final Manifest manifest;
  private final String pointer;

  Checkpoint(CheckpointStore store, Path folder, Manifest manifest, String pointer) {
    this.store = store;
    this.folder = folder;
    this.manifest = manifest;
    this.pointer = pointer;
  }

  /** The step after which it was taken. */
  public long step() {
    return manifest.step();
  }

  /** Where it lies. */
  public Path folder() {
    return folder;
  }

  /** The names of its files, without the manifest. */
  public Set<String> fileNames() {
    return manifest.files().keySet();
  }

  /** The bytes of all its files together, without the manifest. */
  public long bytes() {
    return manifest.files().values().stream().mapToLong(Manifest.Entry::bytes).sum();
  }

  /**
   * The path of a file whose size is right and whose content nobody has looked at: for who reads
   * little of it, since a checksum needs all of it.
   *
   * @throws UserException where the checkpoint has no such file
   */
  public Path unverifiedFile(String name) {
    var _ = entry(name);
    return folder.resolve(name);
  }

  private Manifest.Entry entry(String name) {
    Manifest.@Nullable Entry entry = manifest.files().get(name);
    if (entry == null) {
      throw UserException.input(
          "checkpoint %s holds no %s: it was written by another version; use that one"
              .formatted(folder, name));
    }
    return entry;
  }

  /**
   * The path of a file, once its checksum has been found right.
   *
   * @throws UserException where the checkpoint has no such file or its content has changed; names
   *     the newest checkpoint that is whole
   */
  public Path file(String name) {
    Manifest.Entry entry = entry(name);
    try {
      manifest.checkContent(folder, name, entry);
    } catch (Manifest.Damaged e) {
      throw store.damaged(folder, manifest.step(), pointer, e);
    } catch (IOException e) {
      throw CheckpointStore.unreadable(folder, e);
    }
    return folder.resolve(name);
  }
}
