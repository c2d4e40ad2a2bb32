package io.ghostmoe.train;

import io.ghostmoe.base.UserException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;

/** What a run may be called: a plain file name on every system that we run on. */
public final class RunNames {
  private static final int MAXIMUM_BYTES = 120;
  private static final Pattern FORBIDDEN = Pattern.compile("[/\\\\<>:\"|?*\\p{Cc}\\p{Cf}\\p{Cs}]");
  private static final Pattern RESERVED =
      Pattern.compile("(con|prn|aux|nul|com[0-9]|lpt[0-9])(\\..*)?");

  private RunNames() {}

  /**
   * {@return the name itself}
   *
   * @param name that a user gave to a run
   * @throws UserException where it is no plain file name
   */
  public static String require(String name) {
    if (!isPlain(name)) {
      String last = name.replaceAll(".*[/\\\\]", "");
      if (!last.equals(name) && isPlain(last) && !name.contains("..")) {
        throw UserException.input(
            "--run %s is no plain name but a path: pass --run %s, and the folder of all runs with --runs-dir"
                .formatted(shown(name), last));
      }
      throw UserException.input(
          "--run %s is no plain name: use letters, digits, - and _ , at most %d bytes"
              .formatted(shown(name), MAXIMUM_BYTES));
    }
    return name;
  }

  static boolean isPlain(String name) {
    return !name.isBlank()
        && name.getBytes(StandardCharsets.UTF_8).length <= MAXIMUM_BYTES
        && !FORBIDDEN.matcher(name).find()
        && !name.startsWith(".")
        && !name.startsWith("-")
        && !name.endsWith(".")
        && name.equals(name.strip())
        && !RESERVED.matcher(name.toLowerCase(Locale.ROOT)).matches();
  }

  /**
   * {@return a plain name made from any text; {@code run} where nothing of it can be kept}
   *
   * @param text such as the path or the name of a dataset
   */
  public static String from(String text) {
    String last = text.replaceAll("[/\\\\]+$", "").replaceAll(".*[/\\\\]", "");
    String plain =
        last.replaceAll("\\.(json|jsonl|ndjson|csv|tsv|txt|parquet)(\\.gz|\\.zst)?$", "")
            .replaceAll("[^A-Za-z0-9_-]+", "-")
            .replaceAll("^-+|-+$", "");
    String cut = plain.substring(0, Math.min(plain.length(), MAXIMUM_BYTES / 2));
    return isPlain(cut) ? cut : "run";
  }

  private static String shown(String name) {
    String cut = name.length() > MAXIMUM_BYTES ? name.substring(0, MAXIMUM_BYTES) + "…" : name;
    return '"' + cut.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}]", "?") + '"';
  }
}
