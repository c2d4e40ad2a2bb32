package io.ghostmoe.doctor;

import java.util.List;

/**
 * What the doctor found.
 *
 * @param checks in the order in which a person wants to read them
 */
public record Diagnosis(List<Check> checks) {
  /** Copies the list. */
  public Diagnosis {
    checks = List.copyOf(checks);
  }

  /** {@return the checks that keep training from working, in their order} */
  public List<Check> failures() {
    return checks.stream().filter(check -> check.status() == Check.Status.FAIL).toList();
  }

  /** {@return whether nothing that training needs is missing} */
  public boolean canTrain() {
    return failures().isEmpty();
  }
}
