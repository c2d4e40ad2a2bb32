import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The sources of kernels, one operation a file.
 *
 * @param folder that holds them
 * @param headers the folder of the headers that they share
 */
record Sources(Path folder, Path headers) {
  /** {@return the source files, by name} */
  List<Path> files() throws IOException {
    return matching(folder, "*.cu");
  }

  /** {@return the files of a folder by name, none where it is not there} */
  static List<Path> matching(Path folder, String pattern) throws IOException {
    List<Path> files = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return files; // a copy of some sources has no lab
    }
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, pattern)) {
      stream.forEach(files::add);
    }
    files.sort(null);
    return files;
  }

  /** {@return the operation that a file is about} */
  static String operation(Path file) {
    String name = file.getFileName().toString();
    return name.substring(0, name.lastIndexOf('.'));
  }

  /** {@return the hash of all that a file's compilation reads: itself and the common headers} */
  String hash(Path file) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
    List<Path> read = new ArrayList<>(matching(headers, "*.cuh"));
    read.add(file);
    for (Path source : read) {
      digest.update(
          Files.readString(source).replace("\r\n", "\n").getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Writes a file unless it holds just that, so that what is newer is what has changed. */
  static void write(Path file, String text) throws IOException {
    if (!Files.exists(file) || !Files.readString(file).equals(text)) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    }
  }
}
