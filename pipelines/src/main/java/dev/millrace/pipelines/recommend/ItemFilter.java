package dev.millrace.pipelines.recommend;

import java.io.Serializable;
import java.util.Map;

/** Which items may be recommended. The same fields have the same answer, always. */
@FunctionalInterface
public interface ItemFilter extends Serializable {

  /**
   * Whether an item may be.
   *
   * @param fields values by name, as the last {@link ItemOffer} has them; empty where there was
   *     none
   */
  boolean test(Map<String, String> fields);
}
