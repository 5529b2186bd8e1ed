package dev.millrace.jobs.backfill;

import dev.millrace.operators.InferenceSettings;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a back-fill is to do; checked.
 *
 * @param textColumn the column of the selection's batches that is embedded
 * @param earlier what the plan's runs before this one have done already, or null for a beginning
 * @param report where the report is written, or null
 * @param notes what people should know before it starts
 */
record BackfillSettings(
    RowFormat format,
    Plan plan,
    RowSelection selection,
    String textColumn,
    RunFolder folder,
    VectorFormat output,
    String vectorColumn,
    @Nullable PartDone earlier,
    int partsDone,
    @Nullable Path report,
    int parallelism,
    InferenceSettings inference,
    List<String> notes) {}
