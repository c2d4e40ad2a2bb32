/**
 * Finds out whether training can work on this machine, and what would mend it where it cannot.
 *
 * <p>May know: {@code device}, {@code data}, {@code train}. Start reading at {@link
 * io.ghostmoe.doctor.Doctor}.
 */
@NullMarked
package io.ghostmoe.doctor;

import org.jspecify.annotations.NullMarked;
