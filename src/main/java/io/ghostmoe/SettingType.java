package io.ghostmoe;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * The kinds of values that a setting can have: how each is read from text and from JSON, and what
 * to tell a user whose value does not fit.
 *
 * @param <T> class of the values
 */
public sealed interface SettingType<T> {
  /** {@return the Java class of its values} */
  Class<T> valueClass();

  /**
   * {@return the value that a text stands for, be it within bounds or not}
   *
   * @param text as typed
   * @throws IllegalArgumentException if it stands for none
   */
  T parse(String text);

  /**
   * {@return whether a value is within bounds}
   *
   * @param value any of the class
   */
  boolean allows(T value);

  /**
   * {@return whether a JSON value is of the kind whose text {@link #parse} reads}
   *
   * @param json of any kind
   */
  boolean readsJson(JsonNode json);

  /** {@return the end of the sentence "the value must be …"} */
  String expectation();

  /** {@return what stands for the value in a help text, such as {@code N}} */
  String label();

  /** {@return the words that are allowed, for completion; empty where there are none} */
  default List<String> words() {
    return List.of();
  }

  /**
   * Whole numbers.
   *
   * @param minimum the smallest that is allowed
   * @param maximum the largest that is allowed
   */
  record IntegerType(int minimum, int maximum) implements SettingType<Integer> {
    @Override
    public Class<Integer> valueClass() {
      return Integer.class;
    }

    @Override
    public Integer parse(String text) {
      return Integer.valueOf(text);
    }

    @Override
    public boolean allows(Integer value) {
      return value >= minimum && value <= maximum;
    }

    @Override
    public boolean readsJson(JsonNode json) {
      return json.isIntegralNumber();
    }

    @Override
    public String expectation() {
      return "a whole number from " + minimum + " to " + maximum;
    }

    @Override
    public String label() {
      return "N";
    }
  }

  /** Any 64-bit whole number. */
  record LongType() implements SettingType<Long> {
    @Override
    public Class<Long> valueClass() {
      return Long.class;
    }

    @Override
    public Long parse(String text) {
      return Long.valueOf(text);
    }

    @Override
    public boolean allows(Long value) {
      return true;
    }

    @Override
    public boolean readsJson(JsonNode json) {
      return json.isIntegralNumber();
    }

    @Override
    public String expectation() {
      return "a whole number of 64 bits";
    }

    @Override
    public String label() {
      return "N";
    }
  }

  /**
   * Finite numbers between two bounds.
   *
   * @param minimum the lower bound
   * @param minimumAllowed whether it is allowed itself
   * @param maximum the upper bound; {@link Double#MAX_VALUE} for none
   * @param maximumAllowed whether it is allowed itself
   */
  record NumberType(double minimum, boolean minimumAllowed, double maximum, boolean maximumAllowed)
      implements SettingType<Double> {
    // Double.valueOf would also take NaN, hexadecimal and a type suffix
    private static final Pattern DECIMAL =
        Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");

    /** Zero and above. */
    static NumberType notNegative() {
      return new NumberType(0, true, Double.MAX_VALUE, true);
    }

    /** Above zero. */
    static NumberType positive() {
      return new NumberType(0, false, Double.MAX_VALUE, true);
    }

    /** From zero to one, both allowed. */
    static NumberType share() {
      return new NumberType(0, true, 1, true);
    }

    /** From zero to below one. */
    static NumberType belowOne() {
      return new NumberType(0, true, 1, false);
    }

    /** Above zero, up to one. */
    static NumberType positiveShare() {
      return new NumberType(0, false, 1, true);
    }

    @Override
    public Class<Double> valueClass() {
      return Double.class;
    }

    @Override
    public Double parse(String text) {
      if (!DECIMAL.matcher(text).matches()) {
        throw new IllegalArgumentException(text);
      }
      return Double.valueOf(text);
    }

    @Override
    public boolean allows(Double value) {
      // the engine computes in single precision, where a tiny epsilon is 0 and 1e39 is infinite
      return isInside(value) && isInside(value.floatValue());
    }

    private boolean isInside(double value) {
      return (minimumAllowed ? value >= minimum : value > minimum)
          && (maximumAllowed ? value <= maximum : value < maximum);
    }

    @Override
    public boolean readsJson(JsonNode json) {
      return json.isNumber();
    }

    @Override
    public String expectation() {
      String from = (minimumAllowed ? "a number of at least " : "a number above ") + minimum;
      String to = (maximumAllowed ? " and at most " : " and below ") + maximum;
      return (maximum == Double.MAX_VALUE ? from : from + to).replace(".0", "");
    }

    @Override
    public String label() {
      return "X";
    }
  }

  /**
   * Text.
   *
   * @param label what stands for it in a help text
   * @param blankAllowed whether it may be empty or all white space
   */
  record TextType(String label, boolean blankAllowed) implements SettingType<String> {
    @Override
    public Class<String> valueClass() {
      return String.class;
    }

    @Override
    public String parse(String text) {
      return text;
    }

    @Override
    public boolean allows(String value) {
      return blankAllowed || !value.isBlank();
    }

    @Override
    public boolean readsJson(JsonNode json) {
      return json.isString();
    }

    @Override
    public String expectation() {
      return blankAllowed ? "text" : "text that is not blank";
    }
  }

  /**
   * Text of a given form.
   *
   * @param label what stands for it in a help text
   * @param pattern that the whole text matches
   * @param expectation the form in words
   * @param words that match, for completion
   */
  record PatternType(String label, Pattern pattern, String expectation, List<String> words)
      implements SettingType<String> {
    /** Copies the list. */
    public PatternType {
      words = List.copyOf(words);
    }

    @Override
    public Class<String> valueClass() {
      return String.class;
    }

    @Override
    public String parse(String text) {
      return text;
    }

    @Override
    public boolean allows(String value) {
      return pattern.matcher(value).matches();
    }

    @Override
    public boolean readsJson(JsonNode json) {
      return json.isString();
    }
  }

  /**
   * The name of a file or folder, which need not exist.
   *
   * @param label what stands for it in a help text
   */
  record PathType(String label) implements SettingType<Path> {
    @Override
    public Class<Path> valueClass() {
      return Path.class;
    }

    @Override
    public Path parse(String text) {
      try {
        return Path.of(text);
      } catch (InvalidPathException e) {
        throw new IllegalArgumentException(e);
      }
    }

    @Override
    public boolean allows(Path value) {
      return !value.toString().isBlank();
    }

    @Override
    public boolean readsJson(JsonNode json) {
      return json.isString();
    }

    @Override
    public String expectation() {
      return "a path of this system";
    }
  }

  /**
   * One of a few words.
   *
   * @param words all that are allowed
   */
  record ChoiceType(List<String> words) implements SettingType<String> {
    /** Copies the list. */
    public ChoiceType {
      words = List.copyOf(words);
    }

    @Override
    public Class<String> valueClass() {
      return String.class;
    }

    @Override
    public String parse(String text) {
      return text;
    }

    @Override
    public boolean allows(String value) {
      return words.contains(value);
    }

    @Override
    public boolean readsJson(JsonNode json) {
      return json.isString();
    }

    @Override
    public String expectation() {
      return String.join(" or ", words);
    }

    @Override
    public String label() {
      return String.join("|", words);
    }
  }

  /** True or false; a flag without a value means true. */
  record SwitchType() implements SettingType<Boolean> {
    @Override
    public Class<Boolean> valueClass() {
      return Boolean.class;
    }

    @Override
    public Boolean parse(String text) {
      return switch (text) {
        case "true" -> true;
        case "false" -> false;
        default -> throw new IllegalArgumentException(text);
      };
    }

    @Override
    public boolean allows(Boolean value) {
      return true;
    }

    @Override
    public boolean readsJson(JsonNode json) {
      return json.isBoolean();
    }

    @Override
    public String expectation() {
      return "true or false";
    }

    @Override
    public String label() {
      return "true|false";
    }

    @Override
    public List<String> words() {
      return List.of("true", "false");
    }
  }
}
