package io.ghostmoe.cli;

import picocli.CommandLine.Model.CommandSpec;

/** {@code datasets}: the commands about what is prepared; alone it shows its help. */
final class DatasetsCommand {
  private final CommandSpec spec;

  DatasetsCommand(Engine engine, Terminal terminal, Cancellation cancellation) {
    spec = new HelpOnly(terminal).named("datasets");
    spec.usageMessage().description("Shows, checks and removes what is prepared.");
    spec.usageMessage().sortOptions(false);
    OutputOptions.addHelp(spec);
    OutputOptions.addDebug(spec);
    spec.addSubcommand(
        "estimate", new DatasetsEstimateCommand(engine, terminal, cancellation).spec());
    spec.addSubcommand("list", new DatasetsListCommand(engine, terminal).spec());
    spec.addSubcommand("inspect", new DatasetsInspectCommand(engine, terminal).spec());
    spec.addSubcommand("verify", new DatasetsVerifyCommand(engine, terminal, cancellation).spec());
    spec.addSubcommand("remove", new DatasetsRemoveCommand(engine, terminal).spec());
    spec.addSubcommand("clean", new DatasetsCleanCommand(engine, terminal, cancellation).spec());
  }

  CommandSpec spec() {
    return spec;
  }
}
