package io.ghostmoe.doctor;

import io.ghostmoe.data.tokenizer.Tokenizers;
import io.ghostmoe.device.Device;
import io.ghostmoe.tensor.cuda.CublasFinding;
import io.ghostmoe.tensor.cuda.CudaProbe;
import io.ghostmoe.tensor.cuda.NvidiaFolders;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks at the machine, and changes nothing on it. */
public final class Doctor {
  private Doctor() {}

  /**
   * Looks at Java, processor, memory, devices, tokenizer, folders and the terminal's encoding.
   *
   * @param cacheDir where prepared tokens are kept, or will be
   * @param runsDir where runs are kept, or will be
   * @param neededBytes memory of the smallest run that must be possible
   * @return what was found, the good and the bad
   */
  public static Diagnosis examine(Path cacheDir, Path runsDir, long neededBytes) {
    List<Check> checks = new ArrayList<>();
    checks.add(JavaChecks.version());
    checks.add(JavaChecks.vectors(Device.vectorBits(), JavaChecks.hasVectorModule()));
    Processor processor = Processor.read(Path.of("/proc/cpuinfo"));
    int cores = Runtime.getRuntime().availableProcessors();
    checks.add(processor.features(System.getProperty("os.arch")));
    checks.add(processor.cores(cores));
    checks.add(
        MemoryCheck.of(MemoryCheck.physical(), Runtime.getRuntime().maxMemory(), neededBytes));
    Optional<CublasFinding> cublas;
    try (Device device = Device.select(Device.Choice.AUTO, cores)) {
      checks.add(Check.ok("device", device.reason()));
      cublas = device.cublas();
    }
    checks.addAll(NvidiaChecks.of(NvidiaFolders.ofMachine(), new CudaProbe().look(), cublas));
    checks.add(TokenizerCheck.of(() -> Tokenizers.open("gpt2")));
    checks.add(FolderChecks.cache(cacheDir));
    checks.add(FolderChecks.runs(runsDir));
    checks.add(
        EncodingCheck.of(
            System.getProperty("stdout.encoding", ""), System.getProperty("sun.jnu.encoding", "")));
    return new Diagnosis(checks);
  }
}
