package dev.millrace.jobs.kafka;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Whom to trust and who we are towards the schema registry, by the names of Confluent's clients.
 */
final class RegistryTls {

  private RegistryTls() {}

  /** Certificates and host names are always verified. */
  static SSLContext context(KafkaSettings settings) throws IOException {
    String trusted = settings.registry("ssl.truststore.location");
    String own = settings.registry("ssl.keystore.location");
    try {
      if (trusted.isEmpty() && own.isEmpty()) {
        return SSLContext.getDefault();
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted.isEmpty() ? null : store(settings, "truststore"));
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      String keyPassword = settings.registry("ssl.key.password");
      String storePassword = settings.registry("ssl.keystore.password");
      keys.init(
          own.isEmpty() ? null : store(settings, "keystore"),
          (keyPassword.isEmpty() ? storePassword : keyPassword).toCharArray());
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException unusable) {
      throw new IOException(
          "schema.registry.ssl.* cannot be used: " + unusable.getMessage(), unusable);
    }
  }

  private static KeyStore store(KafkaSettings settings, String which)
      throws IOException, GeneralSecurityException {
    String type = settings.registry("ssl." + which + ".type");
    KeyStore store = KeyStore.getInstance(type.isEmpty() ? KeyStore.getDefaultType() : type);
    try (InputStream in =
        Files.newInputStream(Path.of(settings.registry("ssl." + which + ".location")))) {
      store.load(in, settings.registry("ssl." + which + ".password").toCharArray());
    }
    return store;
  }
}
