package io.ghostmoe.archfixture.data;

import picocli.CommandLine.Command;
import tools.jackson.databind.ObjectMapper;

/** One library that its package may use, and one that it may not. */
@Command
public record KnowsPicocli(ObjectMapper mapper) {}
