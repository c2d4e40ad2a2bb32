package io.ghostmoe.doctor;

import java.util.List;

/**
 * What the doctor found.
 *
 * @param checks in the order in which a person wants to read them
 */
public record Diagnosis(List<Check> checks) {
  public Diagnosis {
    checks = List.copyOf(checks);
  }

  /** The checks that keep training from working. */
  public List<Check> failures() {
    return checks.stream().filter(check -> check.status() == Check.Status.FAIL).toList();
  }

  /** Whether nothing that training needs is missing. */
  public boolean canTrain() {
    return failures().isEmpty();
  }
}
