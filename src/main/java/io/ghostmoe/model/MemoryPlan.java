package io.ghostmoe.model;

/**
 * What a training run needs in memory, predicted from its configuration before anything is
 * allocated: possible because dropless routing always has exactly S = N·K rows.
 *
 * @param parameterBytes weights, gradients and both moments
 * @param activationBytes one micro-batch's activations and their gradients
 * @param workspaceBytes the vector backend's: exponentials of the fused loss, packed operands
 */
public record MemoryPlan(long parameterBytes, long activationBytes, long workspaceBytes) {
  /** Tokens of a block of the fused loss, at most. */
  private static final int LOSS_BLOCK = 256;

  /** Parts of the vocabulary that keep a sum of their own, and rows that are worked on at once. */
  private static final int LOSS_SLOTS = 16;

  private static final int LOSS_CHUNK = 144;

  /** Queries of a block of attention. */
  private static final int QUERIES = 48;

  /** Threads that are counted; the scratch memory of more is small beside the rest. */
  private static final int WORKERS = 8;

  /** The plan of a model that is trained with {@code rows} windows a micro-batch. */
  public static MemoryPlan of(ModelConfig config, int rows) {
    return of(config, 0, rows, 1, false);
  }

  /**
   * The same with {@code ghosts} more experts a layer, all of them awake and on their ramp.
   *
   * @param microBatches of an optimizer step
   * @param recomputes whether the backward pass computes the blocks' activations anew
   */
  public static MemoryPlan of(
      ModelConfig primaries, int ghosts, int rows, int microBatches, boolean recomputes) {
    ModelConfig config = primaries.withExperts(primaries.experts() + ghosts);
    long parameters = parameters(config);
    long kept = ghosts == 0 ? 0 : keptScores(config, rows, microBatches);
    return new MemoryPlan(
        16 * parameters + 4 * state(config),
        4 * (activations(config, rows, recomputes) + kept),
        4 * workspace(config, rows));
  }

  /** All three together. */
  public long totalBytes() {
    return parameterBytes + activationBytes + workspaceBytes;
  }

  /** Learned scalars of a model. */
  public static long parameters(ModelConfig c) {
    long width = c.width();
    long norm = 2 * width;
    long attention = 4 * width * width + 4 * width;
    long experts = c.experts() * (width + c.moe().expertParameters()); // router rows included
    long layer = 2 * norm + attention + experts;
    long tables = (long) c.vocabulary() * width + (long) c.length() * width;
    long head = (long) c.vocabulary() * width + c.vocabulary();
    return tables + c.layers() * layer + norm + head;
  }

  /**
   * What the optimizer does not touch: balance bias, family and activation of each expert, and the
   * gradients' norm.
   */
  private static long state(ModelConfig c) {
    return 3L * c.layers() * c.experts() + 1;
  }

  /** What a ramping ghost's bias goes by: the scores of a pass, and of all passes of the step. */
  private static long keptScores(ModelConfig c, int rows, int microBatches) {
    long tokens = (long) rows * c.length();
    long scores = tokens * c.experts();
    return c.layers() * (scores + microBatches * (scores + tokens));
  }

  /** Counted along {@code Transformer.loss} and back: an arena keeps memory by its size. */
  private static long activations(ModelConfig c, int rows, boolean recomputes) {
    long tokens = (long) rows * c.length();
    long slots = tokens * c.topK();
    long stream = tokens * c.width();
    long scores = tokens * c.experts();
    long hidden = slots * c.hidden();
    long routerMatrix = (long) c.experts() * c.width();
    long dropouts = c.dropout() > 0 ? 1 : 0;
    long attention = 7 * stream + tokens * c.heads() + 2 * tokens;
    long router = routerMatrix + scores + 4 * slots + 2 * tokens + c.experts() + 5;
    long experts = 2 * slots * c.width() + 2 * hidden + 3 * stream;
    // utility and gradient norm of each expert, and its direction where the trigger measures it
    long statistics = c.experts() * (2L + c.width()) + 3;
    long layer = attention + router + experts + statistics + 2 * dropouts * stream;
    long ends = (3 + dropouts) * stream + 7 * tokens;
    // the last layer's come before any of its activations is freed, those of the others after
    long gradients =
        4 * stream + slots * c.width() + 2 * hidden + 2 * slots + 2 * scores + routerMatrix;
    long all = c.layers() * layer + ends + gradients;
    if (!recomputes || c.layers() == 1) {
      return all;
    }
    // of all layers but the last: the result, and what was measured, the experts' offsets included
    long kept = stream + statistics + c.experts() + 3;
    // what no variable holds of the last layer stays to the end, beside that of a second pass
    long twice = tokens * (c.heads() + 4L) + 3 * slots + c.experts() + 3;
    return all - (c.layers() - 1) * (layer - kept) + twice;
  }

  /** Counted along the vector backend's operations, which share it and need the largest. */
  private static long workspace(ModelConfig c, int rows) {
    long tokens = (long) rows * c.length();
    long slots = tokens * c.topK();
    long width = padded(c.width());
    long weights = c.experts() * width * padded(c.hidden());
    long operand = Math.max(weights, 3 * Math.max(tokens, width) * width);
    long packed = Math.max(operand, slots * Math.max(width, padded(c.hidden())));
    long block = c.width() < 128 ? LOSS_BLOCK / 4 : LOSS_BLOCK;
    long loss = block * (c.vocabulary() + (LOSS_SLOTS + 2) * width + c.vocabulary() / 100 + 64);
    long lossWorker = block * Math.max(width + 1, LOSS_CHUNK);
    long head = padded(c.width() / c.heads());
    long attentionWorker = (3 * head + 2 * QUERIES) * padded(c.length()) + 2 * QUERIES * head;
    long workers = WORKERS * Math.max(lossWorker, attentionWorker);
    return packed + loss + workers + c.vocabulary() + tokens;
  }

  /** Up to a multiple of the widest tile. */
  private static long padded(int extent) {
    return (extent + 31L) / 32 * 32;
  }
}
