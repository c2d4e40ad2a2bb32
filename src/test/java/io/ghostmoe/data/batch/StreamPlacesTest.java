package io.ghostmoe.data.batch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamPlacesTest {
  /** Asked forwards, backwards and at once for the last, as a resumed run does. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 63, 64, 65, 128, 300})
  void everyTokenOfTheStreamIsFoundInItsDocument(int documents) {
    var store = ArrayTokenStore.random(documents, documents, 9, 90);
    for (DocumentOrder order :
        new DocumentOrder[] {
          DocumentOrder.ofFile(documents), DocumentOrder.ofEpoch(documents, 3, 1)
        }) {
      StreamPlaces forwards = new StreamPlaces(store, order);
      StreamPlaces last = new StreamPlaces(store, order);
      long end = forwards.length();
      StreamPlaces.Found atEnd = last.find(end - 1);
      long start = 0;
      long token = 0;
      for (int place = 0; place < documents; place++) {
        for (long next = start + 1 + store.length(order.at(place)); token < next; token++) {
          assertThat(forwards.find(token)).isEqualTo(new StreamPlaces.Found(place, start));
          assertThat(last.find(token)).isEqualTo(new StreamPlaces.Found(place, start));
        }
        start = place + 1 < documents ? token : start;
      }
      assertThat(token).isEqualTo(end);
      assertThat(atEnd).isEqualTo(new StreamPlaces.Found(documents - 1, start));
    }
  }
}
