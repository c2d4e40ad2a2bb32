package io.ghostmoe.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

/** What the kernels take for one number or another, to the bit. */
class VectorMathTest {
  private static final int LANES = VectorMath.LANES;

  @Test
  void theSumsOfManyVectorsAreEachOnesOwn() {
    Random random = new Random(1);
    float[] vectors = new float[LANES * LANES];
    for (int i = 0; i < vectors.length; i++) {
      vectors[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(7) - 3));
    }
    float[] expected = new float[LANES];
    float[] scratch = new float[LANES];
    for (int i = 0; i < LANES; i++) {
      FloatVector vector = FloatVector.fromArray(VectorMath.SPECIES, vectors, i * LANES);
      expected[i] = VectorMath.sum(vector, scratch);
    }
    assertThat(VectorMath.sums(vectors).toArray()).containsExactly(expected);
  }

  @Test
  void anExponentialIsClampedAndKeepsWhatIsNoNumber() {
    float[] x = new float[LANES];
    x[0] = Float.NaN;
    x[1] = Float.NEGATIVE_INFINITY;
    x[2] = Float.POSITIVE_INFINITY;
    x[3] = -0f;
    float[] found = VectorMath.exp(FloatVector.fromArray(VectorMath.SPECIES, x, 0)).toArray();
    assertThat(found[0]).isNaN();
    assertThat((double) found[1]).isBetween(0.999 * Math.exp(-87), 1.001 * Math.exp(-87));
    assertThat((double) found[2]).isBetween(0.999 * Math.exp(88), 1.001 * Math.exp(88));
    assertThat(found[3]).isEqualTo(1);
  }

  @Test
  void anExponentialIsWithinItsBound() {
    float[] x = new float[LANES];
    for (double start = -87; start < 88; start += 0.37 * LANES) {
      for (int i = 0; i < LANES; i++) {
        x[i] = (float) Math.min(88, start + 0.37 * i);
      }
      float[] found = VectorMath.exp(FloatVector.fromArray(VectorMath.SPECIES, x, 0)).toArray();
      for (int i = 0; i < LANES; i++) {
        double exact = StrictMath.exp(x[i]);
        assertThat(Math.abs(found[i] - exact) / exact).as("e^%s", x[i]).isLessThan(2.5e-7);
      }
    }
  }

  @Test
  void theGreaterOfTwoPassesOverWhatIsNoNumber() {
    FloatVector a = FloatVector.broadcast(VectorMath.SPECIES, 1);
    FloatVector nan = FloatVector.broadcast(VectorMath.SPECIES, Float.NaN);
    assertThat(VectorMath.greater(a, a.add(1)).lane(0)).isEqualTo(2);
    assertThat(VectorMath.greater(a.add(1), a).lane(0)).isEqualTo(2);
    assertThat(VectorMath.greater(a, nan).lane(0)).isEqualTo(1);
    assertThat(VectorMath.greater(nan, a).lane(0)).isNaN();
  }
}
