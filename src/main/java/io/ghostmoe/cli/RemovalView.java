package io.ghostmoe.cli;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.cache.CatalogEntry;
import io.ghostmoe.data.cache.Removal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Says what a removal did. */
final class RemovalView {
  private final Terminal terminal;

  RemovalView(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * Answers with it, and returns the exit code.
   *
   * @param cacheDir as the user named it
   * @throws UserException naming what should be gone and is not
   */
  int answer(Invocation typed, Removal removal, Path cacheDir) {
    int code = typed.answer(() -> lines(removal, cacheDir), () -> json(removal));
    if (!removal.kept().isEmpty()) {
      List<String> kept =
          removal.kept().stream()
              .map(each -> "%s (%s)".formatted(each.entry().label(), each.why()))
              .toList();
      throw UserException.environment(
          "not removed, %d of %d in %s: %s: mend that, or wait for it, and run it again"
              .formatted(
                  kept.size(),
                  kept.size() + removal.removed().size(),
                  cacheDir,
                  Formats.few(kept)));
    }
    return code;
  }

  private void lines(Removal removal, Path cacheDir) {
    for (CatalogEntry entry : removal.removed()) {
      terminal.line(
          "removed %s  %s".formatted(Formats.oneLine(entry.label()), Formats.bytes(entry.bytes())));
    }
    if (!removal.foreign().isEmpty()) {
      List<String> foreign =
          removal.foreign().stream().map(path -> cacheDir.relativize(path).toString()).toList();
      terminal.line("left alone, since prepare did not make it: " + Formats.few(foreign));
    }
    int count = removal.removed().size();
    if (count > 1) {
      terminal.line(
          "%s removed, %s".formatted(Formats.count(count), Formats.bytes(removal.bytes())));
    } else if (count == 0 && removal.kept().isEmpty()) {
      terminal.line("nothing to remove in " + cacheDir);
    }
  }

  private static Map<String, Object> json(Removal removal) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("removed", removal.removed().stream().map(RemovalView::values).toList());
    List<Map<String, Object>> kept = new ArrayList<>();
    for (Removal.Kept each : removal.kept()) {
      Map<String, Object> values = values(each.entry());
      values.put("why", each.why());
      kept.add(values);
    }
    json.put("kept", kept);
    json.put("foreign", removal.foreign().stream().map(Path::toString).toList());
    json.put("bytes", removal.bytes());
    return json;
  }

  private static Map<String, Object> values(CatalogEntry entry) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("name", entry.name());
    values.put("fingerprint", entry.fingerprint());
    values.put("bytes", entry.bytes());
    return values;
  }
}
