package io.ghostmoe.data.batch;

/** Which targets are scored. */
public enum LossOn {
  /** Every token and every closing end-of-text. */
  ALL,
  /** The tokens of answers and the end-of-text that closes them. */
  ANSWER
}
