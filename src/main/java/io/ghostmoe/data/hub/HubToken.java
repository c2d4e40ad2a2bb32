package io.ghostmoe.data.hub;

import io.ghostmoe.base.UserException;

/** A secret: nothing but a request to the Hub itself ever sees its characters. */
final class HubToken {
  private final String value;

  private HubToken(String value) {
    this.value = value;
  }

  /**
   * Takes a token, without the blanks around it.
   *
   * @param origin where it stood, for who has to mend it
   * @throws UserException if it holds what no header can, which Java would print in full
   */
  static HubToken of(String text, String origin) {
    String value = text.strip();
    if (value.isEmpty() || value.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw UserException.environment(
          origin + " holds no token: it is one word of letters and digits; copy it again.");
    }
    return new HubToken(value);
  }

  /** The header's value. */
  String authorization() {
    return "Bearer " + value;
  }

  @Override
  public String toString() {
    return "(a token)";
  }
}
