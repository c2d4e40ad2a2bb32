package io.ghostmoe.model;

import io.ghostmoe.tensor.Tensor;

/**
 * A batch on the device.
 *
 * @param ids I32 [N], token ids
 * @param positions I32 [N], index since the segment's start
 * @param segments I32 [B,T], equal for tokens that see each other, −1 for padding
 * @param targets I32 [N], −1 where no loss is taken
 */
public record TokenBatch(Tensor ids, Tensor positions, Tensor segments, Tensor targets) {}
