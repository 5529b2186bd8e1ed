package dev.millrace.pipelines.recommend;

/** What a sequence model reads, by the numbers that it has for items. */
final class SequenceReader implements RankingReader {
  private static final long serialVersionUID = 1L;

  private final String folder;
  private final int maxLength;

  // Flink calls open() before anything else.
  @SuppressWarnings("NullAway.Init")
  private transient ItemVocabulary vocabulary;

  SequenceReader(String folder, int maxLength) {
    this.folder = folder;
    this.maxLength = maxLength;
  }

  @Override
  public void open() {
    vocabulary = SequenceFolder.read(folder).vocabulary();
  }

  @Override
  public void read(Slate slate, PersonState person, Catalogue catalogue) {
    slate.ids = RankingIds.of(slate, person, vocabulary, maxLength);
  }
}
