package dev.millrace.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.accelerator.MemoryScope;
import dev.millrace.accelerator.Models;
import java.io.File;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizersTest {

  @Test
  void theBuiltInModelIsTokenisedHere() {
    try (Tokenizer tokenizer = Tokenizers.of(Models.resolve("minilm"))) {
      assertThat(tokenizer).isInstanceOf(WordPieceTokenizer.class);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          /model                 | {'type':'BPE'}                      | WordPiece
          /pre_tokenizer         | {'type':'Whitespace'}               | BertPreTokenizer
          /normalizer            | {'type':'Lowercase'}                | BertNormalizer
          /normalizer            | null                                | BertNormalizer
          /normalizer/clean_text | 'yes'                               | clean_text
          /truncation            | {'direction':'Left'}                | on the left
          /post_processor        | {'type':'ByteLevel'}                | ByteLevel
          /post_processor/single | [{'Sequence':{'id':'B'}}]           | more than one text
          /post_processor/single | []                                  | leaves the text out
          /post_processor/single | [{'SpecialToken':{'id':'[X]'}}]     | template holds
          /model/unk_token       | '[NONE]'                            | unknown token
          /model/vocab/[UNK]     | 'none'                              | unknown token
          /model/vocab/the       | -1                                  | the
          /added_tokens/1/normalized  | true                           | [UNK]
          /added_tokens/1/single_word | true                           | [UNK]
          /added_tokens/1/id          | 7                              | has the id 7
          """)
  void whatIsNotKnownHereIsLeftToTheLibrary(String place, String value, String reason)
      throws Exception {
    ObjectNode file = TokenizerFiles.small();
    int last = place.lastIndexOf('/');
    var parent = file.at(place.substring(0, last));
    ((ObjectNode) parent)
        .set(place.substring(last + 1), TokenizerFiles.JSON.readTree(value.replace('\'', '"')));
    assertThatThrownBy(() -> TokenizerFiles.ours(file, 256))
        .isInstanceOf(UnsupportedTokenizerException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void aLimitThatHoldsNoSpecialTokensIsLeftToTheLibrary() {
    assertThatThrownBy(() -> TokenizerFiles.ours(TokenizerFiles.small(), 1))
        .isInstanceOf(UnsupportedTokenizerException.class)
        .hasMessageContaining("1 tokens a text do not hold its special tokens");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          /post_processor | {'type':'BertProcessing','sep':['[SEP]',102],'cls':['[CLS]',101]}
          /post_processor | {'type':'RobertaProcessing','sep':['[SEP]',102],'cls':['[CLS]',101],'trim_offsets':true,'add_prefix_space':false}
          /post_processor/single | [{'Sequence':{'id':'A','type_id':0}},{'SpecialToken':{'id':'[SEP]','type_id':0}}]
          /model/continuing_subword_prefix | 'in'
          /model/continuing_subword_prefix | ''
          /model/max_input_chars_per_word | 5
          /model/unk_token | '[MASK]'
          /added_tokens/4/lstrip | true
          /added_tokens/4/rstrip | true
          /added_tokens/5 | {'id':6000,'content':'<new> one','special':false,'normalized':false,'single_word':false,'lstrip':false,'rstrip':false}
          """)
  void whatIsKnownHereHasTheLibrarysIds(String place, String value) throws Exception {
    ObjectNode file = TokenizerFiles.small();
    int last = place.lastIndexOf('/');
    var parent = file.at(place.substring(0, last));
    var node = TokenizerFiles.JSON.readTree(value.replace('\'', '"'));
    if (place.equals("/added_tokens/5")) {
      file.withArray("added_tokens").add(node);
    } else if (parent instanceof ObjectNode object) {
      object.set(place.substring(last + 1), node);
    }
    try (MemoryScope scope = MemoryScope.open("tokens");
        TokenBuffer buffer = new TokenBuffer(scope.allocator());
        WordPieceTokenizer ours = TokenizerFiles.ours(file, 24);
        HuggingFaceTokenizer library = TokenizerFiles.library(file, 24)) {
      for (int i = 0; i < 400; i++) {
        String text =
            switch (i % 4) {
              case 0 -> "going \u00A0 [MASK] \u3000 inning<new> one\tindoors";
              case 1 -> "[MASK]  [MASK] unaffable embeddings in india ";
              default -> TextGenerator.text(i);
            };
        buffer.clear();
        int length = ours.encode(TokenizerFiles.units(text), buffer);
        long[] ids = new long[length];
        try (ArrowBuf copy = scope.allocator().buffer((long) length * Long.BYTES)) {
          buffer.copyTo(0, length, copy, 0);
          for (int id = 0; id < length; id++) {
            ids[id] = copy.getLong((long) id * Long.BYTES);
          }
        }
        assertThat(ids).as("%s: %s", i, text).isEqualTo(library.encode(text, true, false).getIds());
      }
    }
  }

  /** As jobs do that come to one cluster in jars of their own. */
  @Test
  void eachClassLoaderHasTheLibrary() throws Exception {
    List<URL> classes = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      classes.add(Path.of(entry).toUri().toURL());
    }
    for (int job = 0; job < 2; job++) {
      try (URLClassLoader loader =
          new URLClassLoader(classes.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
        Method load =
            loader.loadClass(HuggingFaceLibrary.class.getName()).getDeclaredMethod("load");
        load.setAccessible(true);
        load.invoke(null);
      }
    }
  }
}
