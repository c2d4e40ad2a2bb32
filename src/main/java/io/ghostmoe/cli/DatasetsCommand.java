package io.ghostmoe.cli;

import picocli.CommandLine.Model.CommandSpec;

/** {@code datasets}: the commands about what is prepared; alone it shows its help. */
final class DatasetsCommand {
  private final CommandSpec spec = new HelpOnly().named("datasets");

  DatasetsCommand(Engine engine, Terminal terminal, Cancellation cancellation, Question question) {
    spec.usageMessage().description("Shows, checks and removes what is prepared.");
    OutputOptions.addHelp(spec);
    spec.addSubcommand("list", new DatasetsListCommand(engine, terminal).spec());
    spec.addSubcommand("inspect", new DatasetsInspectCommand(engine, terminal).spec());
    spec.addSubcommand("verify", new DatasetsVerifyCommand(engine, terminal, cancellation).spec());
    spec.addSubcommand("remove", new DatasetsRemoveCommand(engine, terminal).spec());
    spec.addSubcommand("clean", new DatasetsCleanCommand(engine, terminal, question).spec());
  }

  CommandSpec spec() {
    return spec;
  }
}
