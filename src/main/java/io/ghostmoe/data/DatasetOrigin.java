package io.ghostmoe.data;

import io.ghostmoe.data.hub.HubDataset;
import java.nio.file.Path;

/** Where a dataset comes from. */
public sealed interface DatasetOrigin {
  /**
   * A file on this machine.
   *
   * @param path of it, judged by its ending
   */
  record LocalFile(Path path) implements DatasetOrigin {
    @Override
    public String toString() {
      return path.toString();
    }
  }

  /**
   * A dataset of the Hub, which is fetched as far as it is not here already.
   *
   * @param dataset which one
   */
  record OnHub(HubDataset dataset) implements DatasetOrigin {
    @Override
    public String toString() {
      return dataset.repository();
    }
  }
}
