package io.ghostmoe.data.hub;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A web server on loopback that can also do what a bad network does. */
final class HttpHost implements AutoCloseable {
  /** Answers requests, each on a thread of its connection. */
  interface Handler {
    void handle(Exchange exchange) throws IOException, InterruptedException;
  }

  private final String name;
  private final ServerSocket server;
  private final Handler handler;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

  /**
   * @param name of loopback, {@code localhost} or {@code 127.0.0.1}: to a client two hosts
   */
  HttpHost(String name, int port, Handler handler) throws IOException {
    this.name = name;
    this.handler = handler;
    server = new ServerSocket(port, 64, InetAddress.getLoopbackAddress());
    Thread.ofPlatform().daemon().start(this::accept);
  }

  URI address() {
    return URI.create("http://" + name + ":" + server.getLocalPort());
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        connections.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
      while (!socket.isClosed()) {
        Optional<Exchange> exchange = Exchange.read(name, socket, in, out);
        if (exchange.isEmpty()) {
          return;
        }
        handler.handle(exchange.get());
        out.flush();
      }
    } catch (IOException e) {
      // the client, or a fault, has left
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      connections.remove(socket);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : connections) {
      socket.close();
    }
  }

  /** A request, and the means to answer it well or badly. */
  static final class Exchange {
    final String host;
    final String method;
    final URI uri;
    final Map<String, String> headers;
    final byte[] body;
    private final Socket socket;
    private final OutputStream out;

    private Exchange(
        String host,
        String method,
        URI uri,
        Map<String, String> headers,
        byte[] body,
        Socket socket,
        OutputStream out) {
      this.host = host;
      this.method = method;
      this.uri = uri;
      this.headers = headers;
      this.body = body;
      this.socket = socket;
      this.out = out;
    }

    private static Optional<Exchange> read(
        String host, Socket socket, InputStream in, OutputStream out) throws IOException {
      String[] request = line(in).split(" ", -1);
      if (request.length != 3) {
        return Optional.empty();
      }
      Map<String, String> headers = new LinkedHashMap<>();
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        int colon = line.indexOf(':');
        headers.put(
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
      byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
      return Optional.of(
          new Exchange(host, request[0], URI.create(request[1]), headers, body, socket, out));
    }

    private static String line(InputStream in) throws IOException {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
        line.write(c);
      }
      return line.toString(StandardCharsets.UTF_8).strip();
    }

    Optional<String> header(String name) {
      return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }

    /** Path with its escapes. */
    String path() {
      return uri.getRawPath();
    }

    void send(int status, Map<String, String> headers, byte[] content) throws IOException {
      head(status, headers, content.length);
      if (!method.equals("HEAD")) {
        out.write(content);
      }
      out.flush();
    }

    /** Status and headers alone; the content is written apart. */
    void head(int status, Map<String, String> headers, long length) throws IOException {
      StringBuilder head = new StringBuilder("HTTP/1.1 %d %s\r\n".formatted(status, "status"));
      headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
      if (!headers.containsKey("Content-Length")) {
        head.append("Content-Length: " + length + "\r\n");
      }
      out.write(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
    }

    void write(byte[] content, int from, int to) throws IOException {
      out.write(content, from, to - from);
      out.flush();
    }

    /** Ends the connection with a TCP reset, as a router that lost its mind does. */
    void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
      throw new SocketException("reset on purpose");
    }

    /** Says nothing more until the client goes. */
    void hang() throws IOException {
      if (socket.getInputStream().read() < 0) {
        socket.close();
      }
    }
  }
}
