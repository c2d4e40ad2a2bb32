package io.ghostmoe.model;

/**
 * What a training run needs in memory, predicted from its configuration before anything is
 * allocated: possible because dropless routing always has exactly S = N·K rows.
 *
 * @param parameterBytes weights, gradients and both moments
 * @param activationBytes one micro-batch's activations and their gradients
 * @param workspaceBytes the fused loss's exponentials and packed operands
 */
public record MemoryPlan(long parameterBytes, long activationBytes, long workspaceBytes) {
  /** Tokens of a block of the fused loss, at most, and rows of its packed weights. */
  private static final int LOSS_BLOCK = 128;

  /** The plan of a model that is trained with {@code rows} windows a micro-batch. */
  public static MemoryPlan of(ModelConfig config, int rows) {
    long parameters = parameters(config);
    return new MemoryPlan(
        16 * parameters, 4 * activations(config, rows), 4 * workspace(config, rows));
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
    long expert = 2 * width * c.hidden() + width + c.hidden();
    long layer = 2 * norm + attention + c.experts() * width + c.experts() * expert;
    long tables = (long) c.vocabulary() * width + (long) c.length() * width;
    long head = (long) c.vocabulary() * width + c.vocabulary();
    return tables + c.layers() * layer + norm + head;
  }

  private static long activations(ModelConfig c, int rows) {
    long tokens = (long) rows * c.length();
    long slots = tokens * c.topK();
    long stream = tokens * c.width();
    long dropouts = c.dropout() > 0 ? 2 * stream : 0;
    long attention = 7 * stream + tokens * c.heads() + 2 * tokens;
    long router = tokens * c.experts() + 4 * slots + 2 * tokens;
    long experts = 2 * slots * c.width() + 2 * slots * c.hidden() + 3 * stream;
    long layer = attention + router + experts + dropouts;
    // walking back, the last layer's gradients come on top before its activations are freed
    long gradients = 4 * stream + 2 * slots * c.width() + 2 * slots * c.hidden();
    return c.layers() * layer + gradients + 3 * stream + 7 * tokens;
  }

  private static long workspace(ModelConfig c, int rows) {
    long tokens = (long) rows * c.length();
    long slots = tokens * c.topK();
    long exponentials = (long) c.vocabulary() * (c.width() < 128 ? LOSS_BLOCK / 2 : LOSS_BLOCK);
    long weights = (long) c.experts() * c.width() * c.hidden();
    long packed = Math.max(weights, Math.max(slots * c.hidden(), 3 * tokens * c.width()));
    return exponentials + packed;
  }
}
