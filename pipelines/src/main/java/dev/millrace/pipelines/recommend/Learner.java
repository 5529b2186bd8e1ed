package dev.millrace.pipelines.recommend;

/** Powers that each basket teaches. */
interface Learner {
  /** Takes a step towards what a judged basket says; none where it has none of the candidates. */
  void learn(Slate slate);

  /** What has been learnt. */
  Descent descent();
}
