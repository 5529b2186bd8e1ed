package dev.millrace.jobs.backfill;

import dev.millrace.jobs.cli.Problems;
import dev.millrace.jobs.input.InputFiles;
import java.io.IOException;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/** Looks at the folders of the output and of the dead letters. */
record FolderCheck(Problems problems) {

  /** The folders, or null if there is a problem. */
  @Nullable RunFolder check(String where, String letters) {
    try {
      Path output = InputFiles.path(where);
      Path deadLetters = InputFiles.path(letters);
      if (output.equals(deadLetters)) {
        problems.add(
            BackfillOptions.DEAD_LETTERS.key(),
            letters,
            "it is the folder of --output. Name another.");
        return null;
      }
      RunFolder folder = new RunFolder(output, deadLetters);
      String foreign = folder.foreign();
      if (foreign != null) {
        problems.add(
            BackfillOptions.OUTPUT.key(),
            where,
            "it holds '"
                + foreign
                + "', which no run of this command has written. Name another folder, or empty"
                + " this one.");
        return null;
      }
      String strange = folder.foreignLetters();
      if (strange != null) {
        problems.add(
            BackfillOptions.DEAD_LETTERS.key(),
            letters,
            "it holds '"
                + strange
                + "', and no run has begun to write into --output. Name another folder, or empty"
                + " this one.");
        return null;
      }
      folder.probe();
      return folder;
    } catch (IOException | RuntimeException unwritable) {
      problems.add(
          BackfillOptions.OUTPUT.key(),
          where,
          "it cannot be written ("
              + unwritable.getMessage()
              + "). Name a folder that can be made and written.");
      return null;
    }
  }
}
