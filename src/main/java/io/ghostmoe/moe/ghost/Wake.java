package io.ghostmoe.moe.ghost;

/**
 * A ghost wakes.
 *
 * @param step optimizer step of its first forward pass, from 0
 * @param layer from 0
 * @param ghost from 0, among the layer's ghosts
 * @param expert from 0, among the layer's experts: the primaries come first
 * @param parent the primary that it is cloned from; {@link Ghost#NONE} where there is none
 * @param trigger the word for what woke it
 * @param saturation of the layer at that moment
 */
public record Wake(
    long step, int layer, int ghost, int expert, int parent, String trigger, double saturation) {}
