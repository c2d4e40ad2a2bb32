package io.ghostmoe.data;

import io.ghostmoe.data.tokenizer.Tokenizer;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Supplier;

/** As many encoders as threads encode at a time, each used by one of them. */
final class EncoderPool {
  private final Supplier<Tokenizer.Encoder> maker;
  private final ConcurrentLinkedDeque<Tokenizer.Encoder> idle = new ConcurrentLinkedDeque<>();

  /**
   * @param maker makes one more
   */
  EncoderPool(Supplier<Tokenizer.Encoder> maker) {
    this.maker = maker;
  }

  Tokenizer.Encoder take() {
    Tokenizer.Encoder encoder = idle.pollFirst(); // the one whose memory is still warm
    return encoder == null ? maker.get() : encoder;
  }

  void giveBack(Tokenizer.Encoder encoder) {
    idle.addFirst(encoder);
  }
}
