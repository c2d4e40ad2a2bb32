package io.ghostmoe.data.hub;

import io.ghostmoe.base.UserException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;

/** What the Hub's refusals mean, each with what can be done about it. */
final class HubFailures {
  private final HubEnvironment environment;
  private final HubDataset dataset;

  HubFailures(HubEnvironment environment, HubDataset dataset) {
    this.environment = environment;
    this.dataset = dataset;
  }

  /**
   * Passes what is no failure.
   *
   * @throws TransientFailure where another attempt may help
   * @throws UserException where only the user can
   */
  void require(HubHttp.Answer answer) throws TransientFailure {
    int status = answer.status();
    if (status < 400) {
      return;
    }
    if (status == 408 || status == 429 || status >= 500) {
      String reason =
          status == 429
              ? "it asks for fewer requests (429)"
              : "it answers with status %d".formatted(status);
      throw new TransientFailure(reason, answer.header("Retry-After").flatMap(this::pause));
    }
    throw refused(answer);
  }

  private UserException refused(HubHttp.Answer answer) {
    String code = answer.header("X-Error-Code").orElse("");
    return UserException.environment(
        switch (code) {
          case "GatedRepo" -> gated();
          case "RepoNotFound" -> notFound();
          case "RevisionNotFound" ->
              "--revision %s: %s has no such branch, tag or commit: leave it out for main, or choose one at %s"
                  .formatted(dataset.revision(), dataset.repository(), page());
          case "EntryNotFound" ->
              "%s at %s has lost a file that it lists: run again, or pass another --revision."
                  .formatted(dataset.repository(), dataset.revision());
          case "DisabledRepo" ->
              "%s was disabled by the Hub: choose another dataset.".formatted(dataset.repository());
          default -> unnamed(answer);
        });
  }

  private String unnamed(HubHttp.Answer answer) {
    return switch (answer.status()) {
      case 401 ->
          environment.token().isPresent()
              ? "%s: %s does not accept the token in HF_TOKEN or its file: make a new one at %s/settings/tokens"
                  .formatted(dataset.repository(), endpoint(), endpoint())
              : notFound();
      case 404 -> notFound();
      case 403 ->
          "%s: %s forbids it%s: ask its owner for access."
              .formatted(dataset.repository(), host(answer), token());
      default ->
          "%s: %s answers with status %d: check HF_ENDPOINT, and run again later."
              .formatted(dataset.repository(), host(answer), answer.status());
    };
  }

  private String gated() {
    String page = endpoint() + "/datasets/" + dataset.repository();
    return environment.token().isPresent()
        ? "%s is gated, and the account of this token has no access: accept its terms at %s"
            .formatted(dataset.repository(), page)
        : "%s is gated: accept its terms at %s and set HF_TOKEN to a token of that account."
            .formatted(dataset.repository(), page);
  }

  private String notFound() {
    return environment.token().isPresent()
        ? "%s: there is no such file here, and %s has no such dataset, or a private one that this token may not read: check the name."
            .formatted(dataset.repository(), endpoint())
        : "%s: there is no such file here, and %s has no such dataset, or a private one: check the name, or set HF_TOKEN to a token that may read it."
            .formatted(dataset.repository(), endpoint());
  }

  private String token() {
    return environment.token().isPresent() ? " to this token" : " without a token (HF_TOKEN)";
  }

  private String page() {
    return "%s/datasets/%s/tree/main".formatted(endpoint(), dataset.repository());
  }

  private String endpoint() {
    return environment.endpoint().toString();
  }

  private static String host(HubHttp.Answer answer) {
    URI uri = answer.uri();
    return HubHttp.origin(uri);
  }

  /** Seconds or a date, as RFC 9110 has it. */
  private Optional<Duration> pause(String text) {
    String value = text.strip();
    if (value.matches("\\d{1,9}")) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
    }
    try {
      Instant then =
          ZonedDateTime.parse(
                  value, DateTimeFormatter.RFC_1123_DATE_TIME.withLocale(Locale.ENGLISH))
              .toInstant();
      Duration pause = Duration.between(Instant.now(), then);
      return pause.isNegative() ? Optional.empty() : Optional.of(pause);
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
