package io.ghostmoe.archfixture.train;

import java.util.concurrent.atomic.AtomicLong;

/** A final field whose value changes all the same. */
public final class HoldsAStaticCounter {
  static final AtomicLong STEPS = new AtomicLong();
}
