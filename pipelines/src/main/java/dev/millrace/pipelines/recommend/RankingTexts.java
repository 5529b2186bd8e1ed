package dev.millrace.pipelines.recommend;

import java.util.List;

/**
 * What a ranking model reads of a person and of each candidate. Public for Flink's serializer only.
 */
public final class RankingTexts {
  /** Of so many items that the person bought last. */
  static final int MOST_TITLES = 5;

  /** A title is cut after so many characters, and so is what the person bought. */
  static final int MOST_CHARACTERS = 300;

  /** The titles of what the person bought last, newest first, with commas; empty without any. */
  public String bought = "";

  /** The title of each candidate; empty where it has none. */
  public String[] titles = {};

  /** Puts them into slates. */
  static final class Reader implements RankingReader {
    private static final long serialVersionUID = 1L;

    @Override
    public void read(Slate slate, PersonState person, Catalogue catalogue) {
      slate.texts = of(slate, person, catalogue);
    }
  }

  public RankingTexts() {}

  /**
   * Of a slate that has its items' names.
   *
   * @param catalogue as of the slate's moment
   */
  static RankingTexts of(Slate slate, PersonState person, Catalogue catalogue) {
    RankingTexts texts = new RankingTexts();
    List<String> last =
        person.recent(MOST_TITLES).stream()
            .map(itemId -> title(itemId, catalogue))
            .filter(title -> !title.isEmpty())
            .toList();
    texts.bought = cut(String.join(", ", last));
    texts.titles = new String[slate.items.length];
    for (int i = 0; i < slate.items.length; i++) {
      texts.titles[i] = title(slate.items[i], catalogue);
    }
    return texts;
  }

  private static String title(String itemId, Catalogue catalogue) {
    ItemState item = catalogue.item(itemId);
    return item == null ? "" : cut(item.title.strip());
  }

  private static String cut(String text) {
    if (text.length() <= MOST_CHARACTERS) {
      return text;
    }
    boolean halvesOne = Character.isHighSurrogate(text.charAt(MOST_CHARACTERS - 1));
    return text.substring(0, halvesOne ? MOST_CHARACTERS - 1 : MOST_CHARACTERS).strip();
  }
}
