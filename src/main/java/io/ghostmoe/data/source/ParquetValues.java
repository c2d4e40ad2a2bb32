package io.ghostmoe.data.source;

import dev.hardwood.row.PqList;
import dev.hardwood.row.PqMap;
import dev.hardwood.row.PqStruct;
import dev.hardwood.row.StructAccessor;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The values of one Parquet row, whose size is bounded as that of every record is. */
final class ParquetValues {
  private static final int DEEPEST = 64;
  private long characters;
  private int depth;

  /** A row that cannot be used, with the reason in a few words. */
  static final class Unusable extends Exception {
    private static final long serialVersionUID = 1L;

    Unusable(String why) {
      super(why);
    }
  }

  /** The value of a field. */
  FieldValue field(StructAccessor row, String name) throws Unusable {
    return row.isNull(name)
        ? new FieldValue.Nothing()
        : value(row.getValue(name), () -> row.getRawValue(name));
  }

  /**
   * A value of any kind.
   *
   * @param raw its bytes, if it is a text that may have held malformed ones
   */
  private FieldValue value(Object value, Supplier<Object> raw) throws Unusable {
    if (++depth > DEEPEST) {
      throw new Unusable("is nested more than %d levels deep".formatted(DEEPEST));
    }
    FieldValue read =
        switch (value) {
          case PqStruct struct -> members(struct);
          case PqList list -> items(list);
          case PqMap map -> members(map);
          case byte[] bytes -> text(decode(bytes));
          case String text when text.indexOf('\uFFFD') >= 0 && raw.get() instanceof byte[] bytes ->
              text(decode(bytes));
          default -> text(String.valueOf(value));
        };
    depth--;
    return read;
  }

  private FieldValue text(String text) throws Unusable {
    count(text.length());
    return new FieldValue.Text(text);
  }

  private FieldValue members(PqStruct struct) throws Unusable {
    Map<String, FieldValue> members = new LinkedHashMap<>();
    for (int i = 0; i < struct.getFieldCount(); i++) {
      String name = struct.getFieldName(i);
      count(name.length());
      members.put(name, field(struct, name));
    }
    return new FieldValue.Members(members);
  }

  private FieldValue members(PqMap map) throws Unusable {
    Map<String, FieldValue> members = new LinkedHashMap<>();
    for (PqMap.Entry entry : map.getEntries()) {
      String name = String.valueOf(entry.getKey());
      count(name.length());
      members.put(
          name,
          entry.isValueNull()
              ? new FieldValue.Nothing()
              : value(entry.getValue(), entry::getRawValue));
    }
    return new FieldValue.Members(members);
  }

  private FieldValue items(PqList list) throws Unusable {
    List<FieldValue> items = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      int index = i;
      count(0);
      items.add(
          list.isNull(i) ? new FieldValue.Nothing() : value(list.get(i), () -> list.getRaw(index)));
    }
    return new FieldValue.Items(items);
  }

  private void count(int length) throws Unusable {
    characters += JsonRecords.VALUE_COST + length;
    if (characters > JsonRecords.LONGEST) {
      throw new Unusable("makes its record " + JsonRecords.TOO_LONG);
    }
  }

  private static String decode(byte[] bytes) throws Unusable {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new Unusable("is not UTF-8");
    }
  }
}
