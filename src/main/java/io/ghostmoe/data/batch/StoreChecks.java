package io.ghostmoe.data.batch;

import io.ghostmoe.base.UserException;
import io.ghostmoe.data.cache.TokenStore;

/** What must hold of a store before batches are cut from it. */
final class StoreChecks {
  private StoreChecks() {}

  static void requireScorable(TokenStore store, LossOn lossOn, String use) {
    if (store.documents() == 0) {
      throw UserException.input("The " + use + " split has no document: give it more records.");
    }
    if (lossOn == LossOn.ALL) {
      return;
    }
    int document = store.firstWithoutAnswer();
    if (document >= 0) {
      throw UserException.input(
          ("--loss-on answer: document %d of the %s split is plain text and has no answer; pass"
                  + " --loss-on all, or name its fields by --question-field and --answer-field.")
              .formatted(document, use));
    }
  }
}
