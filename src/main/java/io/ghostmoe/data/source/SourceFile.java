package io.ghostmoe.data.source;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStream;
import io.ghostmoe.base.UserException;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * A file of text, compressed or not.
 *
 * @param path where it lies
 * @param compression how its bytes are packed
 */
record SourceFile(Path path, Compression compression) {
  private static final int BUFFER = 1 << 16;

  /** How a file is packed, by the end of its name. */
  enum Compression {
    NONE(""),
    GZIP(".gz"),
    ZSTD(".zst");

    private final String ending;

    Compression(String ending) {
      this.ending = ending;
    }

    /** The packing of a file of this name. */
    static Compression of(String name) {
      String lower = name.toLowerCase(Locale.ROOT);
      return lower.endsWith(GZIP.ending) ? GZIP : lower.endsWith(ZSTD.ending) ? ZSTD : NONE;
    }

    /** The name that the file has unpacked. */
    String without(String name) {
      return name.substring(0, name.length() - ending.length());
    }
  }

  /** The unpacked bytes. */
  @SuppressWarnings("MustBeClosedChecker") // the caller closes it, and with it what it unpacks
  InputStream open() throws IOException {
    InputStream file = Files.newInputStream(path);
    boolean opened = false;
    try {
      InputStream unpacked =
          switch (compression) {
            case NONE -> file;
            case GZIP -> new Unpacking(new GZIPInputStream(file, BUFFER));
            case ZSTD -> new Unpacking(new ZstdInputStream(file));
          };
      opened = true;
      return unpacked;
    } catch (ZipException | EOFException e) {
      throw damaged(e);
    } catch (LinkageError e) {
      throw UserException.environment(
          "%s: zstd's native part does not run here (%s): unpack the file first."
              .formatted(path, e.getMessage()),
          e);
    } finally {
      if (!opened) {
        file.close();
      }
    }
  }

  /**
   * The unpacked text without its byte order mark; stops with an exception where it is no UTF-8.
   */
  @SuppressWarnings("MustBeClosedChecker") // the caller closes it
  Reader reader() throws IOException {
    BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                open(),
                StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)),
            BUFFER);
    boolean begun = false;
    try {
      reader.mark(1);
      if (reader.read() != '\uFEFF') {
        reader.reset();
      }
      begun = true;
      return reader;
    } finally {
      if (!begun) {
        reader.close();
      }
    }
  }

  /** The error about bytes that a reader stumbled over. */
  UserException notUtf8(CharacterCodingException e) throws IOException {
    return UserException.input(
        "%s: line %d: not UTF-8; convert the file to UTF-8.".formatted(path, firstBadLine()), e);
  }

  /** The decoder works in blocks and cannot say where it failed; lines can. */
  private int firstBadLine() throws IOException {
    try (LineReader lines = new LineReader(this, 1 << 20)) {
      while (lines.next()) {
        if (lines.text() == null) {
          return lines.line();
        }
      }
    }
    return 1;
  }

  private UserException damaged(IOException e) {
    return UserException.input(
        "%s: not whole or not %s (%s): get the file again."
            .formatted(path, compression.name().toLowerCase(Locale.ROOT), e.getMessage()),
        e);
  }

  /** Tells what is wrong with the packing from what is wrong with the disk. */
  private final class Unpacking extends FilterInputStream {
    Unpacking(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      try {
        return super.read();
      } catch (ZipException | EOFException | ZstdIOException e) {
        throw damaged(e);
      }
    }

    @Override
    public int read(byte[] bytes, int from, int count) throws IOException {
      try {
        return super.read(bytes, from, count);
      } catch (ZipException | EOFException | ZstdIOException e) {
        throw damaged(e);
      }
    }
  }
}
