package dev.millrace.jobs.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class JobRunTest {

  @Test
  void aRunThatLosesARowCountsForNothing() {
    List<Integer> seen = new ArrayList<>();
    try (JobRun run = new JobRun(List.of("a", "b"), 3, seen::add)) {
      assertThat(JobRun.of(run.number())).isSameAs(run);
      assertThat(List.of(run.send(0), run.send(1), run.send(2))).containsExactly("a", "b", "a");
      run.receive(new float[] {1, 2});
      run.receive(new float[] {1, 2});
      assertThatThrownBy(run::requireAll).hasMessageContaining("Of 3 rows 2 came out");
      run.receive(new float[] {1, 2});
      run.requireAll();
      assertThat(run.seconds()).isPositive();
      assertThat(run.rowsPerSecond()).isPositive();
      assertThat(seen).containsExactly(1, 2, 3);
    }
    assertThatThrownBy(() -> JobRun.of(-1)).isInstanceOf(IllegalStateException.class);
  }
}
