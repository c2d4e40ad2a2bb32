package io.ghostmoe;

import io.ghostmoe.Setting.Group;
import io.ghostmoe.SettingType.IntegerType;
import io.ghostmoe.SettingType.NumberType;
import io.ghostmoe.SettingType.SwitchType;
import io.ghostmoe.SettingType.TextType;
import java.util.List;

/** How text is drawn from a trained model. */
public final class SamplingSettings {
  private static final Group GROUP = Group.SAMPLING;

  /** Text to go on from; empty lets the model begin a document. */
  public static final Setting<String> PROMPT =
      Setting.of(GROUP, "prompt", new TextType("TEXT", true), "", "text to go on from");

  /**
   * The question to answer, put into the form that question-and-answer data have in training. Empty
   * for none.
   */
  public static final Setting<String> QUESTION =
      Setting.of(
          GROUP,
          "question",
          new TextType("TEXT", true),
          "",
          "question to answer, in the form in which training showed its questions");

  /**
   * Whether the command line answers its input line after line, each by itself; refused with a
   * {@link #PROMPT}.
   */
  public static final Setting<Boolean> INTERACTIVE =
      Setting.of(
          GROUP,
          "interactive",
          new SwitchType(),
          false,
          "answer line after line, each by itself, until quit or the end of the input");

  /**
   * Tokens to generate at most, of each answer, 1 to 1,048,576; fewer where the model ends its
   * text.
   */
  public static final Setting<Integer> MAX_TOKENS =
      Setting.of(
          GROUP, "max_tokens", new IntegerType(1, 1 << 20), 128, "tokens to generate at most");

  /** Divides the logits, 0 or more; 0 always takes the likeliest token. */
  public static final Setting<Double> TEMPERATURE =
      Setting.of(
          GROUP,
          "temperature",
          NumberType.notNegative(),
          0.8,
          "divides the logits; 0 always takes the likeliest token");

  /** How many of the likeliest tokens to draw from, 0 or more; 0 for all. */
  public static final Setting<Integer> SAMPLE_TOP_K =
      Setting.of(
          GROUP,
          "sample_top_k",
          new IntegerType(0, Integer.MAX_VALUE),
          0,
          "draw from so many of the likeliest tokens; 0 for all");

  /** Total probability of the likeliest tokens to draw from, above 0 and at most 1; 1 for all. */
  public static final Setting<Double> TOP_P =
      Setting.of(
          GROUP,
          "top_p",
          NumberType.positiveShare(),
          1.0,
          "draw from the likeliest tokens of this total probability");

  static final List<Setting<?>> ALL =
      List.of(PROMPT, QUESTION, INTERACTIVE, MAX_TOKENS, TEMPERATURE, SAMPLE_TOP_K, TOP_P);

  private SamplingSettings() {}
}
