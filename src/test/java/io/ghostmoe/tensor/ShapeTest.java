package io.ghostmoe.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ShapeTest {
  @Test
  void moreElementsThanAnArrayHoldsAreRefused() {
    assertThatThrownBy(() -> Shape.of(65_536, 65_536)).hasMessageContaining("2147483647");
  }

  @Test
  void rowsAreAllExtentsButTheInnermost() {
    assertThat(Shape.of(2, 3, 5).rows()).isEqualTo(6);
    assertThat(Shape.of().rows()).isEqualTo(1);
    assertThat(Shape.of(4, 0).rows()).isZero();
  }
}
