package io.ghostmoe.data.cache;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What of a folder is the cache's: {@code {name}/{fingerprint}} with the endings of what is built
 * or set aside, {@code .locks} and {@code sources.json}. Everything else belongs to somebody else,
 * whoever named that folder as the cache, and is neither listed nor removed; so do links, and what
 * they lead to.
 *
 * @param root the cache's folder, which need not exist
 */
record CacheLayout(Path root) {
  /** The ending of an entry that is being built, or whose build was stopped. */
  static final String INCOMPLETE = ".incomplete";

  /** The ending of an entry that is about to be deleted. */
  static final String ASIDE = ".damaged";

  static final String LOCKS = ".locks";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*");
  private static final Pattern ENTRY = Pattern.compile("([0-9a-f]{64})(\\.incomplete|\\.damaged)?");

  /**
   * A folder that an entry has, had or will have.
   *
   * @param name of the data
   * @param fingerprint of the entry; empty where the folder of the name cannot be read
   * @param ending empty, {@link #INCOMPLETE} or {@link #ASIDE}
   * @param folder where it lies
   */
  record Place(String name, String fingerprint, String ending, Path folder) {
    /** Whether it is no entry, and nobody's once its lock is free. */
    boolean isLeftover() {
      return !ending.isEmpty();
    }
  }

  /**
   * What the folder holds, each list in the order of the names.
   *
   * @param places the cache's own
   * @param foreign other files, folders and links, the hidden ones left out
   */
  record Contents(List<Place> places, List<Path> foreign) {}

  /** The folder of an entry; not made. */
  Path entry(String name, String fingerprint) {
    return root.resolve(name).resolve(fingerprint);
  }

  /** The file that is locked while an entry is built or removed. */
  Path lockFile(String fingerprint) {
    return root.resolve(LOCKS).resolve(fingerprint + ".lock");
  }

  /** All that the folder holds. */
  Contents contents() throws IOException {
    Contents contents = new Contents(new ArrayList<>(), new ArrayList<>());
    if (Files.isDirectory(root)) {
      for (Path child : list(root)) {
        addChild(child, contents);
      }
    }
    return contents;
  }

  private static void addChild(Path child, Contents contents) {
    String name = child.getFileName().toString();
    if (name.startsWith(".") || name.startsWith(SourceHashes.NAME)) {
      return;
    }
    if (NAME.matcher(name).matches() && isFolder(child)) {
      addEntries(name, child, contents);
    } else {
      contents.foreign.add(child);
    }
  }

  private static void addEntries(String name, Path folder, Contents contents) {
    List<Path> foreign = new ArrayList<>();
    int before = contents.places.size();
    try {
      for (Path child : list(folder)) {
        place(name, child).ifPresentOrElse(contents.places::add, () -> foreign.add(child));
      }
    } catch (IOException e) {
      contents.places.add(new Place(name, "", "", folder));
    }
    boolean mixed = contents.places.size() > before;
    contents.foreign.addAll(mixed || foreign.isEmpty() ? foreign : List.of(folder));
  }

  /** A child of a name's folder as what it is to the cache; empty if it is nothing. */
  private static Optional<Place> place(String name, Path child) {
    Matcher entry = ENTRY.matcher(child.getFileName().toString());
    if (!entry.matches() || !isFolder(child)) {
      return Optional.empty();
    }
    String ending = entry.group(2) == null ? "" : entry.group(2);
    return Optional.of(new Place(name, entry.group(1), ending, child));
  }

  /**
   * The place of an entry that was listed; empty where there is none any more.
   *
   * @throws IllegalArgumentException if it was listed by the catalog of another folder
   */
  Optional<Place> find(CatalogEntry entry) {
    Path child = entry.folder();
    Path folder = root.resolve(entry.name());
    if (!folder.equals(child.getParent()) || !NAME.matcher(entry.name()).matches()) {
      throw new IllegalArgumentException(child + " is no entry of " + root);
    }
    return isFolder(folder) ? place(entry.name(), child) : Optional.empty();
  }

  private static boolean isFolder(Path path) {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }

  /** The children of a folder by name. */
  static List<Path> list(Path folder) throws IOException {
    List<Path> paths = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      stream.forEach(paths::add);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    paths.sort(null);
    return paths;
  }
}
