package io.ghostmoe.cli;

import io.ghostmoe.base.ByteSizes;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** Numbers and foreign text as people read them. */
final class Formats {
  private static final int FEW = 4;

  private Formats() {}

  /** 1234567 as 1,234,567. */
  static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** So many of something, such as 1 step or 2,000 steps. */
  static String count(long value, String one) {
    return count(value, one, one + "s");
  }

  /** The same for a word with a plural of its own. */
  static String count(long value, String one, String many) {
    return count(value) + " " + (value == 1 ? one : many);
  }

  /** A loss or another number of this size, with four decimals. */
  static String loss(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  /** A share or another number from 0 to 1, with two decimals. */
  static String share(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  /** A learning rate in three digits, such as 1.00e-03. */
  static String rate(double value) {
    return String.format(Locale.ROOT, "%.2e", value);
  }

  /** Tokens a second, without decimals. */
  static String speed(double tokensPerSecond) {
    return count(Math.round(tokensPerSecond)) + " tok/s";
  }

  /** Bytes in the largest unit that leaves at least one. */
  static String bytes(long bytes) {
    return ByteSizes.text(bytes);
  }

  /** Seconds as 0:07, 12:34 or 1:02:03. */
  static String duration(double seconds) {
    long whole = Math.max(0, Math.round(Math.min(seconds, 1e9)));
    long hours = whole / 3600;
    return hours > 0
        ? String.format(Locale.ROOT, "%d:%02d:%02d", hours, whole / 60 % 60, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60);
  }

  /** A point in time, to the minute. */
  static String time(Instant time, ZoneId zone) {
    return DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT).withZone(zone).format(time);
  }

  /** The first of many, and how many more there are, for a place that must stay on its line. */
  static String few(List<String> many) {
    String first = String.join(", ", many.subList(0, Math.min(FEW, many.size())));
    return many.size() <= FEW ? first : first + " and " + count(many.size() - FEW) + " more";
  }

  /**
   * Text from a file, a name or a model, harmless to a terminal: control characters other than end
   * of line and tab become question marks.
   */
  static String printable(String text) {
    return text.replaceAll("[\\p{Cc}\\p{Cs}&&[^\\n\\t]]", "?");
  }

  /** The same for a place that must stay on its line. */
  static String oneLine(String text) {
    return printable(text).replaceAll("\\s*[\\n\\t]\\s*", " ");
  }
}
