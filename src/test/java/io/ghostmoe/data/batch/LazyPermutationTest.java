package io.ghostmoe.data.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LazyPermutationTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 63, 64, 65, 1000, 1 << 16, (1 << 20) + 1})
  void everyNumberStandsAtOnePlace(int size) {
    LazyPermutation permutation = new LazyPermutation(7, size);
    BitSet seen = new BitSet(size);
    for (int place = 0; place < size; place++) {
      int number = permutation.at(place);
      assertThat(number >= 0 && number < size && !seen.get(number)).isTrue();
      assertThat(permutation.placeOf(number)).isEqualTo(place);
      seen.set(number);
    }
  }

  /** Of 4,096 numbers about one stays where it is and as many go up as go down. */
  @Test
  void theOrderIsMixedAndAnotherForEachKey() {
    int size = 4_096;
    int same = 0;
    int stays = 0;
    int rises = 0;
    LazyPermutation first = new LazyPermutation(1, size);
    LazyPermutation second = new LazyPermutation(2, size);
    for (int place = 0; place + 1 < size; place++) {
      same += first.at(place) == second.at(place) ? 1 : 0;
      stays += first.at(place) == place ? 1 : 0;
      rises += first.at(place + 1) > first.at(place) ? 1 : 0;
    }
    assertThat(same).isLessThan(10);
    assertThat(stays).isLessThan(10);
    // the number of rises of a random permutation has a standard deviation of √(n/12) = 18.5
    assertThat(rises).isBetween(size / 2 - 5 * 19, size / 2 + 5 * 19);
  }
}
