package io.ghostmoe.data.hub;

import io.ghostmoe.data.hub.HttpHost.Exchange;
import io.ghostmoe.data.hub.HubRepository.Content;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The second host, of the large files: it knows no tokens but signatures, and refuses a request
 * that has both, as such hosts do.
 */
final class ContentHost implements AutoCloseable {
  private final LocalHub owner;
  private final HttpHost host;
  private final Map<String, Content> signed = new ConcurrentHashMap<>();
  private final AtomicInteger signatures = new AtomicInteger();

  ContentHost(LocalHub owner) throws IOException {
    this.owner = owner;
    host = new HttpHost("localhost", 0, owner.guarded(this::answer));
  }

  /** An address that lets its bearer read a file. */
  String sign(Content content) {
    String signature = "sig-" + signatures.incrementAndGet();
    signed.put(signature, content);
    return "%s/%s?Expires=1999999999&Signature=%s"
        .formatted(host.address(), content.etag(), signature);
  }

  private void answer(Exchange exchange) throws IOException, InterruptedException {
    String query = String.valueOf(exchange.uri.getRawQuery());
    Content content = signed.get(query.replaceFirst(".*Signature=", ""));
    if (exchange.header("Authorization").isPresent()) {
      exchange.send(400, Map.of(), "two ways to authorise".getBytes(StandardCharsets.UTF_8));
    } else if (content == null) {
      exchange.send(403, Map.of(), "signature".getBytes(StandardCharsets.UTF_8));
    } else {
      // of the name that this host proposes nobody may make one
      String disposition = "attachment; filename=../../../../escaped.txt";
      owner.sendContent(
          exchange,
          Map.of("ETag", "\"of-the-storage\"", "Content-Disposition", disposition),
          content.bytes());
    }
  }

  @Override
  public void close() throws IOException {
    host.close();
  }
}
