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

  /**
   * The path of a file, once its checksum has been found right.
   *
   * @throws UserException where the checkpoint has no such file or its content has changed; names
   *     the newest checkpoint that is whole
   */
  public Path file(String name) {
    Manifest.@Nullable Entry entry = manifest.files().get(name);
    if (entry == null) {
      throw UserException.input(
          "checkpoint %s holds no %s: it was written by another version; use that one"
              .formatted(folder, name));
    }
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
