package dev.millrace.accelerator;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.runtime.ObjectMethods;

/**
 * What the JVM remembers of the record whose methods it linked last.
 *
 * <p>To link {@code equals}, {@code hashCode} or {@code toString} of a record, it adapts method
 * handles that it has once for all records to the types of this one, and each handle keeps its last
 * adaption. So the class loader of a job whose record came last would stay, with its native
 * libraries, until another record comes.
 */
final class RecordMethods {

  private RecordMethods() {}

  /** Puts types of Java's own in the place of those of the last record. */
  static void forgetLast() {
    try {
      link("equals", MethodType.methodType(boolean.class, Record.class, Object.class));
      link("hashCode", MethodType.methodType(int.class, Record.class));
      link("toString", MethodType.methodType(String.class, Record.class));
    } catch (Throwable notLinked) {
      // Then the last record stays, as it would have.
    }
  }

  private static void link(String method, MethodType type) throws Throwable {
    MethodHandle component = MethodHandles.empty(MethodType.methodType(String.class, Record.class));
    Object unused =
        ObjectMethods.bootstrap(
            MethodHandles.lookup(), method, type, Record.class, "component", component);
  }
}
