package io.ghostmoe.data.hub;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Ends the reading of bodies that bring no byte any more, which Java's client would wait for
 * without an end.
 */
final class StallWatch {
  private static final long NOT_READING = Long.MIN_VALUE;

  private final Set<Body> open = ConcurrentHashMap.newKeySet();

  /**
   * The same body under watch; whoever reads closes it.
   *
   * @param silence that is too long
   */
  InputStream watch(InputStream body, Duration silence) {
    Body watched = new Body(body, silence);
    open.add(watched);
    return watched;
  }

  /** Called every now and then. */
  void closeStalled() {
    long now = System.nanoTime();
    for (Body body : open) {
      long since = body.waitingSince;
      if (since != NOT_READING && now - since > body.silence.toNanos()) {
        body.stall();
      }
    }
  }

  private final class Body extends InputStream {
    private final InputStream in;
    private final Duration silence;
    private volatile long waitingSince = NOT_READING;
    private volatile boolean stalled;

    Body(InputStream in, Duration silence) {
      this.in = in;
      this.silence = silence;
    }

    void stall() {
      stalled = true;
      try {
        in.close(); // the reader wakes up with an exception
      } catch (IOException e) {
        // it was to be given up
      }
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      waitingSince = System.nanoTime();
      try {
        int read = in.read(bytes, offset, length);
        if (read < 0 && stalled) {
          throw silence();
        }
        return read;
      } catch (IOException e) {
        throw stalled ? silence() : e;
      } finally {
        waitingSince = NOT_READING;
      }
    }

    private TransientFailure silence() {
      return new TransientFailure(
          "no byte for %,d s".formatted(silence.toSeconds()), Optional.empty());
    }

    @Override
    public void close() throws IOException {
      open.remove(this);
      in.close();
    }
  }
}
