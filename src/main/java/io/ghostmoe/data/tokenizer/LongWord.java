package io.ghostmoe.data.tokenizer;

import java.util.Arrays;

/**
 * Merges a word of any length in n·log n steps: a linked list of its parts and a heap of the pairs
 * that can be merged, by rank and then by place. What the heap says is checked against the list
 * when its turn comes, since merges on either side may have changed the pair.
 */
final class LongWord {
  private final Gpt2Merges merges;

  /** Ids by place; −1 where a part was merged into the one before. */
  private final int[] ids;

  private final int[] next;
  private final int[] previous;

  /** A heap of {@code id << 32 | place of the left part}: a lower id was merged earlier. */
  private long[] heap;

  private int size;

  LongWord(Gpt2Merges merges, byte[] bytes) {
    this.merges = merges;
    int n = bytes.length;
    ids = new int[n];
    next = new int[n];
    previous = new int[n];
    for (int i = 0; i < n; i++) {
      ids[i] = merges.byteId(bytes[i]);
      next[i] = i + 1;
      previous[i] = i - 1;
    }
    heap = new long[n];
  }

  /** The ids of the whole word. */
  int[] merge() {
    for (int i = 0; i + 1 < ids.length; i++) {
      offer(i);
    }
    int left = ids.length;
    while (size > 0) {
      long top = poll();
      if (mergeAt((int) top, (int) (top >>> 32))) {
        left--;
      }
    }
    int[] result = new int[left];
    int count = 0;
    for (int i = 0; i < ids.length; i = next[i]) {
      result[count++] = ids[i];
    }
    return result;
  }

  /** Merges the pair that begins at a place if it still gives that id. */
  private boolean mergeAt(int place, int id) {
    int right = next[place];
    if (ids[place] < 0 || right == ids.length || merges.find(ids[place], ids[right]) != id) {
      return false;
    }
    ids[place] = id;
    ids[right] = -1;
    next[place] = next[right];
    if (next[right] < ids.length) {
      previous[next[right]] = place;
    }
    offer(place);
    if (previous[place] >= 0) {
      offer(previous[place]);
    }
    return true;
  }

  private void offer(int place) {
    if (next[place] == ids.length) {
      return;
    }
    int id = merges.find(ids[place], ids[next[place]]);
    if (id != Gpt2Merges.NONE) {
      push((long) id << 32 | place);
    }
  }

  private void push(long entry) {
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, 2 * size);
    }
    int at = size++;
    while (at > 0 && heap[(at - 1) / 2] > entry) {
      heap[at] = heap[(at - 1) / 2];
      at = (at - 1) / 2;
    }
    heap[at] = entry;
  }

  private long poll() {
    long top = heap[0];
    long last = heap[--size];
    int at = 0;
    for (int child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && heap[child + 1] < heap[child]) {
        child++;
      }
      if (last <= heap[child]) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
