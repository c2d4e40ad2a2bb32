package io.ghostmoe.data.hub;

import io.ghostmoe.data.hub.HttpHost.Exchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Something that goes wrong with the next few of certain requests to the {@link LocalHub}. */
final class Fault {
  /** What happens instead of the answer; false lets the answer follow. */
  interface Instead {
    boolean act(Exchange exchange) throws IOException, InterruptedException;
  }

  /** What happens to the answer with a file's content. */
  interface Content {
    void send(Exchange exchange, int status, Map<String, String> headers, byte[] content)
        throws IOException, InterruptedException;
  }

  private final Predicate<Exchange> when;
  private final AtomicInteger left;
  private final @Nullable Instead instead;
  private final @Nullable Content content;

  private Fault(
      Predicate<Exchange> when, int times, @Nullable Instead instead, @Nullable Content content) {
    this.when = when;
    left = new AtomicInteger(times);
    this.instead = instead;
    this.content = content;
  }

  static Fault instead(Predicate<Exchange> when, int times, Instead instead) {
    return new Fault(when, times, instead, null);
  }

  static Fault content(Predicate<Exchange> when, int times, Content content) {
    return new Fault(when, times, null, content);
  }

  static Instead status(int status, String... header) {
    return exchange -> {
      Map<String, String> headers = header.length == 0 ? Map.of() : Map.of(header[0], header[1]);
      exchange.send(status, headers, "<html>not JSON</html>".getBytes(StandardCharsets.UTF_8));
      return true;
    };
  }

  static Instead hang() {
    return exchange -> {
      exchange.hang();
      return true;
    };
  }

  static Instead reset() {
    return exchange -> {
      exchange.reset();
      return true;
    };
  }

  static Instead redirect(String location) {
    return exchange -> {
      exchange.send(302, Map.of("Location", location), new byte[0]);
      return true;
    };
  }

  /** A reset in mid-file. */
  static Content resetAfter(int bytes) {
    return (exchange, status, headers, content) -> {
      exchange.head(status, headers, content.length);
      exchange.write(content, 0, Math.min(bytes, content.length));
      exchange.reset();
    };
  }

  /** Silence in mid-file. */
  static Content hangAfter(int bytes) {
    return (exchange, status, headers, content) -> {
      exchange.head(status, headers, content.length);
      exchange.write(content, 0, Math.min(bytes, content.length));
      exchange.hang();
    };
  }

  /** A few bytes at a time. */
  static Content slowly(int bytes, long pauseMillis) {
    return (exchange, status, headers, content) -> {
      exchange.head(status, headers, content.length);
      for (int from = 0; from < content.length; from += bytes) {
        exchange.write(content, from, Math.min(content.length, from + bytes));
        Thread.sleep(pauseMillis);
      }
    };
  }

  /** The same, counted. */
  static Content inPieces(int bytes, AtomicInteger count) {
    return (exchange, status, headers, content) -> {
      exchange.head(status, headers, content.length);
      for (int from = 0; from < content.length; from += bytes) {
        exchange.write(content, from, Math.min(content.length, from + bytes));
        count.incrementAndGet();
        Thread.sleep(5);
      }
    };
  }

  /** The right length with another byte in it. */
  static Content corrupt() {
    return (exchange, status, headers, content) -> {
      byte[] wrong = content.clone();
      wrong[wrong.length / 2] ^= 1;
      exchange.send(status, headers, wrong);
    };
  }

  /** Fewer or more bytes than the file has, honestly announced. */
  static Content length(int difference) {
    return (exchange, status, headers, content) -> {
      byte[] wrong = Arrays.copyOf(content, content.length + difference);
      exchange.send(status, headers, wrong);
    };
  }

  /** Whether this one strikes, and one time fewer is left. */
  private boolean strikes(Exchange exchange) {
    return when.test(exchange) && left.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
  }

  boolean actInstead(Exchange exchange) throws IOException, InterruptedException {
    return instead != null && strikes(exchange) && instead.act(exchange);
  }

  boolean sendContent(Exchange exchange, int status, Map<String, String> headers, byte[] bytes)
      throws IOException, InterruptedException {
    if (content == null || !strikes(exchange)) {
      return false;
    }
    content.send(exchange, status, headers, bytes);
    return true;
  }
}
