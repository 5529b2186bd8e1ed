package dev.millrace.jobs.backfill;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystem.WriteMode;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * The folder of the output and what lies in it: the files of the parts, and in a hidden folder the
 * plan and an entry for each part that is done. A file gets its name when it is whole, and a part
 * is done when it has an entry; so what a run was at when it was killed is done again, into the
 * same names, and nothing is there twice.
 */
final class RunFolder implements Serializable {

  private static final long serialVersionUID = 1L;

  /** Where the state lies, within the output. */
  static final String STATE = ".backfill";

  private static final String PART = "part-";
  private static final String TEMPORARY = ".tmp";
  private static final String ENTRY = ".json";
  private static final ObjectMapper JSON = new JsonMapper();

  private final URI output;
  private final URI letters;

  /**
   * @param letters where the dead letters go
   */
  RunFolder(Path output, Path letters) {
    this.output = output.toUri();
    this.letters = letters.toUri();
  }

  Path output() {
    return new Path(output);
  }

  Path letters() {
    return new Path(letters);
  }

  private Path state() {
    return new Path(output(), STATE);
  }

  private Path entries() {
    return new Path(state(), "parts");
  }

  private Path planFile() {
    return new Path(state(), "plan.json");
  }

  /** The plan of earlier runs, or null if there was none. */
  @Nullable Plan plan() throws IOException {
    FileSystem files = output().getFileSystem();
    if (!files.exists(planFile())) {
      return null;
    }
    try (InputStream in = files.open(planFile())) {
      return JSON.readValue(in, Plan.class);
    }
  }

  /** Makes the folders and writes the plan. */
  void begin(Plan plan) throws IOException {
    FileSystem files = output().getFileSystem();
    files.mkdirs(entries());
    try (Pending file = create(state(), "plan" + ENTRY)) {
      file.out().write(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(plan));
      file.commit();
    }
  }

  /** The parts that are done, by their names. */
  Map<String, PartDone> done() throws IOException {
    Map<String, PartDone> done = new HashMap<>();
    FileSystem files = output().getFileSystem();
    for (FileStatus entry : list(entries())) {
      String name = entry.getPath().getName();
      if (name.startsWith(PART) && name.endsWith(ENTRY)) {
        try (InputStream in = files.open(entry.getPath())) {
          done.put(
              name.substring(0, name.length() - ENTRY.length()),
              JSON.readValue(in, PartDone.class));
        }
      }
    }
    return done;
  }

  /** Says that a part is done; its files have their names already. */
  void done(Part part, PartDone what) throws IOException {
    try (Pending file = create(entries(), part.name() + ENTRY)) {
      file.out().write(JSON.writeValueAsBytes(what));
      file.commit();
    }
  }

  /** Removes what runs that were killed have left half written. */
  void sweep() throws IOException {
    for (Path folder : new Path[] {output(), letters(), state(), entries()}) {
      for (FileStatus file : list(folder)) {
        String name = file.getPath().getName();
        if (!file.isDir() && name.startsWith(".") && name.endsWith(TEMPORARY)) {
          folder.getFileSystem().delete(file.getPath(), false);
        }
      }
    }
  }

  /** Removes all that runs have written. */
  void clear() throws IOException {
    sweep();
    for (Path folder : new Path[] {output(), letters()}) {
      for (FileStatus file : list(folder)) {
        if (!file.isDir() && file.getPath().getName().startsWith(PART)) {
          folder.getFileSystem().delete(file.getPath(), false);
        }
      }
    }
    // The plan last: what is left of a run that was killed here is still known as this command's.
    FileSystem files = output().getFileSystem();
    files.delete(entries(), true);
    files.delete(planFile(), false);
  }

  /** The first thing in the output's folder that no run of this command wrote, or null. */
  @Nullable String foreign() throws IOException {
    boolean ours = false;
    String other = null;
    for (FileStatus file : list(output())) {
      String name = file.getPath().getName();
      if (name.equals(STATE) && file.isDir()) {
        ours = true;
      } else if (!name.startsWith(PART) && !(name.startsWith(".") && name.endsWith(TEMPORARY))) {
        return name;
      } else if (other == null) {
        other = name;
      }
    }
    return ours ? null : other;
  }

  /**
   * The first thing in the folder of the dead letters, if no run of this command has written into
   * the output yet; else null.
   */
  @Nullable String foreignLetters() throws IOException {
    FileStatus[] there = list(letters());
    boolean begun = output().getFileSystem().exists(state());
    return begun || there.length == 0 ? null : there[0].getPath().getName();
  }

  /** Finds out whether files can be made in both folders. Leaves no folder behind. */
  void probe() throws IOException {
    for (Path folder : new Path[] {output(), letters()}) {
      FileSystem files = folder.getFileSystem();
      Path made = null;
      for (Path at = folder; at != null && !files.exists(at); at = at.getParent()) {
        made = at;
      }
      try {
        if (!files.mkdirs(folder)) {
          throw new IOException(folder.getPath() + " cannot be made");
        }
        create(folder, PART + "probe").close();
      } finally {
        if (made != null) {
          files.delete(made, true);
        }
      }
    }
  }

  static FileStatus[] list(Path folder) throws IOException {
    FileSystem files = folder.getFileSystem();
    FileStatus[] children = files.exists(folder) ? files.listStatus(folder) : null;
    return children == null ? new FileStatus[0] : children;
  }

  /** Begins a file that gets its name when it is committed. The caller closes it. */
  Pending create(Path folder, String name) throws IOException {
    return new Pending(folder, name);
  }

  /** A file that is not there yet. Closing it before it is committed takes it back. */
  static final class Pending implements AutoCloseable {
    private final Path temporary;
    private final Path name;
    private final FileSystem files;
    private final FSDataOutputStream out;
    private boolean committed;

    private Pending(Path folder, String name) throws IOException {
      this.files = folder.getFileSystem();
      this.name = new Path(folder, name);
      this.temporary = new Path(folder, "." + name + "." + UUID.randomUUID() + TEMPORARY);
      this.out = files.create(temporary, WriteMode.NO_OVERWRITE);
    }

    OutputStream out() {
      return out;
    }

    /** Gives it its name, in place of a file that an earlier try left there. */
    void commit() throws IOException {
      if (!files.isDistributedFS()) {
        out.sync();
      }
      out.close();
      if (files.isDistributedFS()) {
        // Not all of them rename over a file that is there.
        files.delete(name, false);
      }
      if (!files.rename(temporary, name)) {
        throw new IOException(temporary + " could not be renamed to " + name.getName() + ".");
      }
      committed = true;
    }

    @Override
    public void close() throws IOException {
      if (!committed) {
        out.close();
        files.delete(temporary, false);
      }
    }
  }
}
