package io.ghostmoe.tensor.cuda;

/**
 * How a kernel is launched: blocks, threads of a block, and bytes of dynamic shared memory. A grid
 * with an extent of 0 has no work and is not launched.
 *
 * @param x blocks, innermost
 * @param y blocks
 * @param z blocks, outermost
 * @param threadsX threads of a block, innermost
 * @param threadsY threads of a block
 * @param threadsZ threads of a block, outermost
 * @param sharedBytes dynamic shared memory of a block
 */
record Grid(int x, int y, int z, int threadsX, int threadsY, int threadsZ, int sharedBytes) {
  /** Blocks in one dimension. */
  static Grid of(int blocks, int threads) {
    return of(blocks, 1, 1, threads);
  }

  /** Blocks in three dimensions, of threads in one. */
  static Grid of(int x, int y, int z, int threads) {
    return new Grid(x, y, z, threads, 1, 1, 0);
  }

  /** As many blocks as give each of {@code n} items a thread. */
  static Grid covering(long n, int threads) {
    return of(Math.toIntExact(Math.ceilDiv(n, threads)), threads);
  }

  /** The same blocks, their threads in two dimensions. */
  Grid tile(int width, int height) {
    return new Grid(x, y, z, width, height, 1, sharedBytes);
  }

  /** The same with dynamic shared memory. */
  Grid shared(int bytes) {
    return new Grid(x, y, z, threadsX, threadsY, threadsZ, bytes);
  }

  boolean isEmpty() {
    return x == 0 || y == 0 || z == 0;
  }

  @Override
  public String toString() {
    String text =
        "(%d,%d,%d) blocks of (%d,%d,%d) threads".formatted(x, y, z, threadsX, threadsY, threadsZ);
    return sharedBytes == 0 ? text : text + ", %d bytes shared".formatted(sharedBytes);
  }
}
