package dev.millrace.jobs.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.millrace.schemas.Recommendation;
import dev.millrace.schemas.RecommendedItem;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.flink.api.common.serialization.Encoder;

/** A recommendation a line: the fields as in Avro, the time as ISO-8601. */
final class JsonLines implements Encoder<Recommendation> {

  private static final long serialVersionUID = 1L;
  private static final JsonFactory JSON = new JsonFactory();

  @Override
  public void encode(Recommendation feed, OutputStream stream) throws IOException {
    write(feed, stream);
    stream.write('\n');
  }

  /** Writes one object, without a line's end. */
  static void write(Recommendation feed, OutputStream stream) throws IOException {
    JsonGenerator json = JSON.createGenerator(stream);
    json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    json.disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);
    json.writeStartObject();
    json.writeStringField("user_id", feed.getUserId());
    json.writeStringField("event_time", feed.getEventTime().toString());
    json.writeStringField("model", feed.getModel());
    json.writeStringField("model_digest", feed.getModelDigest());
    json.writeArrayFieldStart("items");
    for (RecommendedItem item : feed.getItems()) {
      json.writeStartObject();
      json.writeStringField("item_id", item.getItemId());
      json.writeNumberField("score", item.getScore());
      json.writeStringField("reason", item.getReason().name());
      json.writeStringField("because_of", item.getBecauseOf());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
    json.close();
  }
}
