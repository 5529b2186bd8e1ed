package dev.millrace.pipelines.recommend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
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
    assertThatThrownBy(() -> FeedWeights.DEFAULT.withDiscover(11))
        .hasMessage("discover is 11, allowed is from 0 to 10.");
    assertThatThrownBy(() -> new CompanionSettings(Duration.ofDays(1), 10, 11, 100))
        .hasMessage("listed is 11, allowed is from 1 to counted, 10.");
  }

  @Test
  void keepPlacesForWhatIsNew() {
    assertThat(FeedWeights.DEFAULT.withDiscover(1).discoverOf(20)).isEqualTo(2);
    assertThat(FeedWeights.DEFAULT.withDiscover(1).discoverOf(9)).isZero();
  }
}
