package io.ghostmoe.data.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.ghostmoe.data.cache.TokenStore;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
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
          DocumentOrder.ofFile(documents),
          DocumentOrder.ofEpoch(documents, 3, 1),
          DocumentOrder.ofMany(documents, 3)
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

  /** Millions of lengths read in a random order cost several times as much. */
  @Test
  void aPlaceFarAheadIsFoundByReadingTheLengthsOnceAsTheyLie() {
    int documents = 6_400;
    List<Integer> read = new ArrayList<>();
    TokenStore store = recording(ArrayTokenStore.random(1, documents, 9, 90), read);
    StreamPlaces places = new StreamPlaces(store, DocumentOrder.ofMany(documents, 3));
    long middle = places.length() / 2;
    places.find(middle);
    assertThat(read.subList(0, documents))
        .isEqualTo(IntStream.range(0, documents).boxed().toList());
    read.clear();
    places.find(middle + places.length() / 3);
    assertThat(read).hasSizeLessThan(64); // from a sum that is kept
  }

  @Test
  void theFirstPlacesOfALongOrderAreFoundByReadingFewLengths() {
    int documents = 6_400;
    List<Integer> read = new ArrayList<>();
    TokenStore store = recording(ArrayTokenStore.random(1, documents, 9, 90), read);
    StreamPlaces places = new StreamPlaces(store, DocumentOrder.ofMany(documents, 3));
    places.find(0);
    places.find(100);
    assertThat(read).hasSizeLessThan(4 * 64);
  }

  /** The same store, noting the documents whose lengths it is asked for. */
  private static TokenStore recording(TokenStore store, List<Integer> read) {
    return (TokenStore)
        Proxy.newProxyInstance(
            TokenStore.class.getClassLoader(),
            new Class<?>[] {TokenStore.class},
            (_, method, arguments) -> {
              if (method.getName().equals("length")) {
                read.add((Integer) arguments[0]);
              }
              return method.invoke(store, arguments);
            });
  }
}
