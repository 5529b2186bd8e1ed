package dev.millrace.pipelines.recommend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

class RecommendSettingsTest {
  @Test
  void travelToTheTaskManagers() throws Exception {
    RecommendSettings settings = RecommendSettings.of(20, "minilm", "abc").withExamples(2, 7);
    assertThat(InstantiationUtil.clone(settings)).isEqualTo(settings);
    assertThat(settings.withWeights(settings.weights())).isEqualTo(settings);
  }

  @Test
  void sayWhatIsAllowed() {
    assertThatThrownBy(() -> RecommendSettings.of(0, "minilm", ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("topK is 0, allowed is 1 or more.");
    assertThatThrownBy(() -> new FeedWeights(0.1, 0.3, 1, 0.6, 0.5, 20, 20, 1))
        .hasMessage("minCosine is 1.0, allowed is from -1 to under 1.");
  }

  @Test
  void keepPlacesForWhatIsNew() {
    assertThat(FeedWeights.DEFAULT.discoverOf(20)).isEqualTo(2);
    assertThat(FeedWeights.DEFAULT.discoverOf(9)).isZero();
  }
}
