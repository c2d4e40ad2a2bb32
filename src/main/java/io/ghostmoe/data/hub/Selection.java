package io.ghostmoe.data.hub;

import java.util.List;

/**
 * The files that were chosen, each list in its order.
 *
 * @param config whose files they are
 * @param train to train on
 * @param eval to evaluate on; empty where the dataset has no split for it
 * @param evalSplit the name of that split; empty likewise
 */
record Selection(String config, List<RepoFile> train, List<RepoFile> eval, String evalSplit) {}
