package io.ghostmoe.archfixture.unlisted;

/** A package that the table does not have. */
public final class InNoRow {}
