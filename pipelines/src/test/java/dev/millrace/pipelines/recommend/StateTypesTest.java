package dev.millrace.pipelines.recommend;

import org.apache.flink.types.PojoTestUtils;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** State and streams are POJOs to the last field: fields can come and go in a later version. */
class StateTypesTest {
  @ParameterizedTest
  @ValueSource(
      classes = {
        Appraisal.class,
        Basket.class,
        BasketDraft.class,
        BasketOutcome.class,
        BasketItem.class,
        CatalogueEvent.class,
        CompanionCounts.class,
        CompanionList.class,
        EmbeddedItem.class,
        FeedExample.class,
        ItemOffer.class,
        ItemState.class,
        NearItems.class,
        PersonState.class,
        RankingPair.class,
        RankingTexts.class,
        Slate.class,
        Slate.Shown.class
      })
  void arePojosWithoutKryo(Class<?> type) {
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(type);
  }
}
