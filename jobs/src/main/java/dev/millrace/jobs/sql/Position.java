package dev.millrace.jobs.sql;

/**
 * A place in a script, as editors count.
 *
 * @param line from 1
 * @param column from 1
 */
record Position(int line, int column) {

  @Override
  public String toString() {
    return "line " + line + ", column " + column;
  }
}
