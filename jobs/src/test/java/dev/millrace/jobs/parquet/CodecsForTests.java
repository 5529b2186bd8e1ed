package dev.millrace.jobs.parquet;

import org.apache.parquet.compression.CompressionCodecFactory;

/** The compressions for tests that read with Parquet's own objects. */
public final class CodecsForTests {

  private CodecsForTests() {}

  /** Without Hadoop's configuration. */
  public static CompressionCodecFactory get() {
    return new ParquetCodecs();
  }
}
