package dev.millrace.jobs.backfill;

import dev.millrace.jobs.cli.Console;
import dev.millrace.jobs.cli.Problems;
import dev.millrace.jobs.input.InputFiles;
import dev.millrace.jobs.input.TableFormat.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * The files of the input.
 *
 * @param files as they are now, with how many rows an earlier run knows them to have, or none
 */
record BackfillInput(RowFormat format, List<FileStatus> files) {

  /** Finds them, and in what format they are; null if there is a problem. */
  static @Nullable BackfillInput find(Configuration values, Problems problems, List<String> notes) {
    String where = values.get(BackfillOptions.INPUT);
    String named = values.get(BackfillOptions.INPUT_FORMAT);
    if (where == null) {
      problems.add(
          BackfillOptions.INPUT.key(), null, "it is missing. Name a file, a folder or a glob.");
      return null;
    }
    RowFormat format = null;
    if (named != null) {
      format =
          Arrays.stream(RowFormat.values())
              .filter(known -> known.toString().equals(named.toLowerCase(Locale.ROOT)))
              .findFirst()
              .orElse(null);
      if (format == null) {
        problems.add(
            BackfillOptions.INPUT_FORMAT.key(),
            named,
            "not one of " + String.join(", ", names()) + ".");
        return null;
      }
    }
    try {
      InputFiles found =
          InputFiles.find(where, format == null ? RowFormat.allEndings() : format.endings());
      if (found.files().isEmpty()) {
        problems.add(
            BackfillOptions.INPUT.key(), where, "there is no such file. Is the glob in quotes?");
        return null;
      }
      if (found.passedOver() > 0) {
        notes.add(found.passedOver() + " files there have other endings and are passed over.");
      }
      RowFormat of = format == null ? byEndings(found.files(), where, problems) : format;
      if (of == null || !gzipFits(found.files(), of, problems)) {
        return null;
      }
      List<FileStatus> files = new ArrayList<>();
      for (Path file : found.files()) {
        files.add(file.getFileSystem().getFileStatus(file));
      }
      return new BackfillInput(of, files);
    } catch (IOException unreadable) {
      problems.add(
          BackfillOptions.INPUT.key(), where, "cannot be read: " + unreadable.getMessage() + ".");
      return null;
    }
  }

  private static boolean gzipFits(List<Path> files, RowFormat format, Problems problems) {
    for (Path file : files) {
      if (!format.gzip() && file.getName().toLowerCase(Locale.ROOT).endsWith(".gz")) {
        problems.add(
            BackfillOptions.INPUT.key(),
            file.getPath(),
            "files of " + format + " cannot be read through gzip. Unpack it.");
        return false;
      }
    }
    return true;
  }

  private static List<String> names() {
    return Arrays.stream(RowFormat.values()).map(RowFormat::toString).toList();
  }

  private static @Nullable RowFormat byEndings(List<Path> files, String where, Problems problems) {
    RowFormat format = null;
    Path first = files.get(0);
    for (Path file : files) {
      RowFormat of = RowFormat.of(file.getName());
      if (of == null) {
        problems.add(
            BackfillOptions.INPUT.key(),
            where,
            file.getName()
                + " does not say by its ending what it is. Say it by --input-format: "
                + String.join(", ", names())
                + ".");
        return null;
      }
      if (format != null && of != format) {
        problems.add(
            BackfillOptions.INPUT.key(),
            where,
            first.getName()
                + " is "
                + format
                + " and "
                + file.getName()
                + " is "
                + of
                + ". Give one kind to a run, by a glob or by --input-format.");
        return null;
      }
      format = of;
    }
    return format;
  }

  /** What is in the files: known from an earlier run, if they have not changed, or looked up. */
  @Nullable Table table(@Nullable Plan earlier, Console console, Problems problems)
      throws IOException {
    if (earlier != null && files(earlier).equals(earlier.files())) {
      return new Table(
          earlier.schema(), earlier.files().stream().map(Plan.InputFile::rows).toList(), List.of());
    }
    console
        .out()
        .println(
            "Looking through " + files.size() + (files.size() == 1 ? " file" : " files") + "…");
    console.out().flush();
    try {
      Table table = format.table().inspect(files.stream().map(FileStatus::getPath).toList());
      return new Table(new Schema(table.columns().getFields()), table.rows(), table.notes());
    } catch (IOException unfit) {
      problems.add(String.valueOf(unfit.getMessage()));
      return null;
    }
  }

  private List<Plan.InputFile> files(Plan earlier) {
    List<Long> rows = new ArrayList<>();
    for (FileStatus file : files) {
      String path = file.getPath().toString();
      rows.add(
          earlier.files().stream()
              .filter(was -> was.path().equals(path))
              .map(Plan.InputFile::rows)
              .findFirst()
              .orElse(-1L));
    }
    return files(rows);
  }

  /** The files as a plan has them. */
  List<Plan.InputFile> files(List<Long> rows) {
    List<Plan.InputFile> made = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      FileStatus file = Objects.requireNonNull(files.get(i));
      made.add(
          new Plan.InputFile(
              file.getPath().toString(), file.getLen(), file.getModificationTime(), rows.get(i)));
    }
    return made;
  }
}
