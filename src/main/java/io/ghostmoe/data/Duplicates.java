package io.ghostmoe.data;

import io.ghostmoe.base.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.BitSet;

/**
 * Finds documents that were there before, by half of the SHA-256 of their texts: 128 bits, for
 * which no two texts are known or to be expected. Takes up to 48 bytes a document.
 */
final class Duplicates {
  private final MessageDigest digest = Sha256.digest();
  private final BitSet found = new BitSet();

  /** Open addressing: two words a text, both zero where there is none. */
  private long[] table = new long[1 << 12];

  private int distinct;
  private int seen;

  /** Takes the next text. */
  void add(String text) {
    ByteBuffer hash = ByteBuffer.wrap(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    long high = hash.getLong() | 1; // never zero
    if (put(high, hash.getLong())) {
      distinct++;
    } else {
      found.set(seen);
    }
    seen++;
    if (4L * distinct > table.length) { // half full
      grow();
    }
  }

  /** The numbers, from 0, of the texts that were there before. */
  BitSet found() {
    return found;
  }

  private boolean put(long high, long low) {
    int mask = table.length - 2;
    int slot = (int) (high >>> 1) & mask;
    while (table[slot] != 0) {
      if (table[slot] == high && table[slot + 1] == low) {
        return false;
      }
      slot = (slot + 2) & mask;
    }
    table[slot] = high;
    table[slot + 1] = low;
    return true;
  }

  private void grow() {
    long[] old = table;
    table = new long[Math.multiplyExact(2, old.length)];
    for (int slot = 0; slot < old.length; slot += 2) {
      if (old[slot] != 0) {
        put(old[slot], old[slot + 1]);
      }
    }
  }
}
