package dev.millrace.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.schemas.Interaction;
import dev.millrace.schemas.Item;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SchemaRegistryTest {

  @TempDir Path folder;

  private KafkaSettings settings(String... lines) throws IOException {
    return KafkaSettings.read(
        Files.write(folder.resolve("kafka.properties"), java.util.List.of(lines)));
  }

  @Test
  void schemasAreFoundAndRegistered() throws Exception {
    try (RegistryServer server = new RegistryServer(null)) {
      int id = server.add(Interaction.getClassSchema());
      SchemaRegistry registry =
          InstantiationUtil.clone(new SchemaRegistry(server.url() + "/", KafkaSettings.NONE));
      registry.probe();
      assertThat(registry.schema(id)).contains(Interaction.getClassSchema());
      assertThat(registry.schema(id + 1)).isEmpty();
      int registered = registry.register("feed-value", Item.getClassSchema());
      assertThat(registry.schema(registered)).contains(Item.getClassSchema());
      assertThat(server.subjects()).containsExactly("feed-value");
    }
  }

  @Test
  void whoWeAreIsSaidAndNotShown() throws Exception {
    // "me:secret" in Base64.
    try (RegistryServer server = new RegistryServer("Basic bWU6c2VjcmV0")) {
      KafkaSettings settings = settings("schema.registry.basic.auth.user.info=me:secret");
      new SchemaRegistry(server.url(), settings).probe();
      assertThat(settings.toString()).doesNotContain("secret");
      SchemaRegistry stranger = new SchemaRegistry(server.url(), KafkaSettings.NONE);
      assertThatThrownBy(stranger::probe)
          .isInstanceOf(IOException.class)
          .hasMessageContaining(server.url())
          .hasMessageContaining("401: Unauthorized");
    }
    try (RegistryServer server = new RegistryServer("Bearer token")) {
      new SchemaRegistry(server.url(), settings("schema.registry.bearer.auth.token=token")).probe();
    }
  }

  @Test
  void noRegistryIsSaid() {
    SchemaRegistry nobody = new SchemaRegistry("http://127.0.0.1:1", KafkaSettings.NONE);
    assertThatThrownBy(nobody::probe)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("http://127.0.0.1:1 does not answer");
    assertThatThrownBy(() -> new SchemaRegistry("localhost:8081", KafkaSettings.NONE))
        .hasMessageContaining("Write http://HOST:PORT");
  }

  @Test
  void theHeaderIsConfluents() {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    WireFormat.writeHeader(0x01020304, message);
    assertThat(message.toByteArray()).containsExactly(0, 1, 2, 3, 4);
    assertThat(WireFormat.schemaId(message.toByteArray())).hasValue(0x01020304);
    assertThat(WireFormat.schemaId(new byte[] {1, 1, 2, 3, 4})).isEmpty();
    assertThat(WireFormat.schemaId(new byte[] {0, 1, 2, 3})).isEmpty();
  }

  @Test
  void settingsOfTheRegistryDoNotReachTheBrokers() throws IOException {
    KafkaSettings settings =
        settings("schema.registry.bearer.auth.token=token", "security.protocol=SSL");
    assertThat(settings.client(TopicAddress.parse("kafka://a:1,b:2/t")))
        .containsOnlyKeys("security.protocol", "bootstrap.servers")
        .containsEntry("bootstrap.servers", "a:1,b:2");
  }
}
