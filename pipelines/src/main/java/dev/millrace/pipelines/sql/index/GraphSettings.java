package dev.millrace.pipelines.sql.index;

import java.io.Serializable;

/**
 * A hierarchical navigable small world, in the terms of its authors.
 *
 * @param m links of a vector on the upper levels; twice as many on the lowest
 * @param efConstruction candidates that are looked at to find a vector's links
 * @param efSearch candidates that are looked at in a search, if it does not ask for more
 */
record GraphSettings(int m, int efConstruction, int efSearch) implements Serializable {}
