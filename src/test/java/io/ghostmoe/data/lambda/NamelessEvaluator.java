package io.ghostmoe.data.lambda;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * A second opinion on normal forms that shares nothing with {@link Reduction}: its own reader,
 * terms without names, and evaluation into Java's own functions, read back afterwards (Berger and
 * Schwichtenberg, "An inverse of the evaluation functional", 1991). Arguments are evaluated when
 * used, so that one without a normal form may be discarded.
 */
final class NamelessEvaluator {
  sealed interface Node {}

  record Free(String name) implements Node {}

  record Bound(int index) implements Node {}

  record Lambda(Node body) implements Node {}

  record Apply(Node function, Node argument) implements Node {}

  private sealed interface Value {}

  private record Closure(UnaryOperator<Supplier<Value>> code) implements Value {}

  private record Stuck(Node head, List<Supplier<Value>> arguments) implements Value {}

  private NamelessEvaluator() {}

  /** Reads a fully or sparsely parenthesised term. */
  static Node read(String text) {
    List<String> tokens =
        new ArrayList<>(text.replace(" ", "").chars().mapToObj(Character::toString).toList());
    Node node = readUntilClosed(tokens, List.of());
    if (!tokens.isEmpty()) {
      throw new AssertionError("left over in " + text + ": " + tokens);
    }
    return node;
  }

  private static Node readUntilClosed(List<String> tokens, List<String> scope) {
    Node left = null;
    while (!tokens.isEmpty() && !tokens.getFirst().equals(")")) {
      Node next = readOne(tokens, scope);
      left = left == null ? next : new Apply(left, next);
    }
    if (left == null) {
      throw new AssertionError("an empty term");
    }
    return left;
  }

  private static Node readOne(List<String> tokens, List<String> scope) {
    String token = tokens.removeFirst();
    return switch (token) {
      case "(" -> {
        Node inner = readUntilClosed(tokens, scope);
        assertToken(")", tokens.removeFirst());
        yield inner;
      }
      case "λ" -> {
        List<String> inner = new ArrayList<>(List.of(tokens.removeFirst()));
        assertToken(".", tokens.removeFirst());
        inner.addAll(scope);
        yield new Lambda(readUntilClosed(tokens, inner));
      }
      default -> {
        int index = scope.indexOf(token);
        yield index < 0 ? new Free(token) : new Bound(index);
      }
    };
  }

  private static void assertToken(String wanted, String found) {
    if (!wanted.equals(found)) {
      throw new AssertionError("expected " + wanted + " but found " + found);
    }
  }

  static Node normalForm(Node node) {
    return readBack(evaluate(node, List.of()), 0);
  }

  private static Value evaluate(Node node, List<Supplier<Value>> scope) {
    return switch (node) {
      case Free free -> new Stuck(free, List.of());
      case Bound(int index) -> scope.get(index).get();
      case Lambda(Node body) ->
          new Closure(
              argument -> {
                List<Supplier<Value>> inner = new ArrayList<>(List.of(argument));
                inner.addAll(scope);
                return () -> evaluate(body, inner);
              });
      case Apply(Node function, Node argument) ->
          switch (evaluate(function, scope)) {
            case Closure closure -> closure.code().apply(() -> evaluate(argument, scope)).get();
            case Stuck(Node head, List<Supplier<Value>> arguments) -> {
              List<Supplier<Value>> longer = new ArrayList<>(arguments);
              longer.add(() -> evaluate(argument, scope));
              yield new Stuck(head, longer);
            }
          };
    };
  }

  /** {@code Bound(-1 - level)} marks the parameter of the binder that is {@code level} deep. */
  private static Node readBack(Value value, int depth) {
    return switch (value) {
      case Closure closure -> {
        Value parameter = new Stuck(new Bound(-1 - depth), List.of());
        yield new Lambda(readBack(closure.code().apply(() -> parameter).get(), depth + 1));
      }
      case Stuck(Node head, List<Supplier<Value>> arguments) -> {
        Node node = head instanceof Bound(int mark) ? new Bound(depth - 1 - (-1 - mark)) : head;
        for (Supplier<Value> argument : arguments) {
          node = new Apply(node, readBack(argument.get(), depth));
        }
        yield node;
      }
    };
  }
}
