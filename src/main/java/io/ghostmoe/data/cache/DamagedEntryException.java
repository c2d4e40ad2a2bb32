package io.ghostmoe.data.cache;

/** An entry that must not be used; the message says why in a few words. */
final class DamagedEntryException extends Exception {
  private static final long serialVersionUID = 1L;

  DamagedEntryException(String why) {
    super(why);
  }

  /** Why, in a few words. */
  String why() {
    return String.valueOf(getMessage());
  }
}
