package dev.millrace.pipelines.recommend;

/** How many of a feed's places are alike to each candidate, while the feed is filled. */
final class AlikeBound {
  private final int most;
  private final int[] pairs;
  private final int[] before;

  /**
   * @param most so many may be before an item that it is alike to; 0 for any number
   */
  AlikeBound(Slate slate, int most) {
    this.most = most;
    pairs = slate.alikePairs();
    before = new int[slate.size()];
  }

  boolean admits(int item) {
    return most == 0 || before[item] < most;
  }

  /** The item has a place. Says whether one that it is alike to had one before. */
  boolean place(int item) {
    for (int i = 0; i < pairs.length; i += 2) {
      if (pairs[i] == item) {
        before[pairs[i + 1]]++;
      } else if (pairs[i + 1] == item) {
        before[pairs[i]]++;
      }
    }
    return before[item] > 0;
  }
}
