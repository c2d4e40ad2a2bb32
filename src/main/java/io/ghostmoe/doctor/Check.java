package io.ghostmoe.doctor;

/**
 * What was found about one thing.
 *
 * @param name of the thing, one word
 * @param status whether training can do with what was found
 * @param detail what was found, in one line
 * @param remedy the one step that mends it; empty where nothing is to be mended
 */
public record Check(String name, Status status, String detail, String remedy) {
  /** How much what was found matters. */
  public enum Status {
    /** As it should be. */
    OK,
    /** Training works without it, or not as well as it could. */
    WARN,
    /** Training does not work. */
    FAIL
  }

  /** Refuses what is as it should be and has a remedy, and what is not and has none. */
  public Check {
    if ((status == Status.OK) != remedy.isEmpty()) {
      throw new IllegalArgumentException(name + " is " + status + ", remedy: \"" + remedy + '"');
    }
  }

  static Check ok(String name, String detail) {
    return new Check(name, Status.OK, detail, "");
  }

  static Check warn(String name, String detail, String remedy) {
    return new Check(name, Status.WARN, detail, remedy);
  }

  static Check fail(String name, String detail, String remedy) {
    return new Check(name, Status.FAIL, detail, remedy);
  }
}
