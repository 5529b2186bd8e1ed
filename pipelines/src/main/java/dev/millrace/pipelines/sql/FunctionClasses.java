package dev.millrace.pipelines.sql;

import dev.millrace.operators.JobClasses;
import java.lang.reflect.Field;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.table.functions.FunctionContext;

/** The classes of a job that runs functions of SQL; see {@link JobClasses}. */
final class FunctionClasses {

  private FunctionClasses() {}

  /**
   * Sees to it that nothing of ours holds them when they are given up. Flink tells operators of
   * that moment and functions of SQL not, but these hold an operator's context. Where a later Flink
   * has it elsewhere, what a job leaves behind stays.
   */
  static void releaseWith(FunctionContext context) {
    try {
      Field field = FunctionContext.class.getDeclaredField("context");
      field.setAccessible(true);
      if (field.get(context) instanceof RuntimeContext runtime) {
        JobClasses.releaseWith(runtime);
      }
    } catch (ReflectiveOperationException | RuntimeException notShown) {
      // As it would have been.
    }
  }
}
