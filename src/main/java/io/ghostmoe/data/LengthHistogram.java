package io.ghostmoe.data;

import io.ghostmoe.data.cache.TokenStore;
import java.util.ArrayList;
import java.util.List;

/**
 * How long the documents of a split are, in tokens.
 *
 * @param buckets from the shortest documents to the longest, without gaps
 * @param longest tokens of the longest document; 0 without documents
 */
public record LengthHistogram(List<Bucket> buckets, int longest) {
  /** The shortest bucket ends here; each other at twice the one before. */
  private static final int FIRST = 16;

  /** Copies the list. */
  public LengthHistogram {
    buckets = List.copyOf(buckets);
  }

  /**
   * Documents of about one length.
   *
   * @param upTo the most tokens that they have; more than the bucket before
   * @param documents how many there are
   */
  public record Bucket(int upTo, int documents) {}

  /** Measures every document of a store. */
  static LengthHistogram of(TokenStore store) {
    int[] counts = new int[Integer.SIZE];
    int used = 0;
    int longest = 0;
    for (int document = 0; document < store.documents(); document++) {
      int length = store.length(document);
      int bucket = bucket(length);
      counts[bucket]++;
      used = Math.max(used, bucket + 1);
      longest = Math.max(longest, length);
    }
    List<Bucket> buckets = new ArrayList<>();
    for (int i = 0; i < used; i++) {
      buckets.add(new Bucket((int) Math.min((long) FIRST << i, Integer.MAX_VALUE), counts[i]));
    }
    return new LengthHistogram(buckets, longest);
  }

  private static int bucket(int length) {
    int bucket = 0;
    while ((long) FIRST << bucket < length) {
      bucket++;
    }
    return bucket;
  }
}
