import java.io.IOException;
import java.util.List;

/** Other programs, which say themselves what they dislike. */
final class Tools {
  private Tools() {}

  static void run(List<String> command) throws IOException, InterruptedException {
    int code = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (code != 0) {
      throw new IllegalStateException(String.join(" ", command) + ": exit code " + code);
    }
  }
}
