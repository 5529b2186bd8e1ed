package dev.millrace.accelerator.remote;

import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import io.netty.handler.ssl.SslContextBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * Whom a connection trusts and who it is. Certificates and host names are always verified.
 *
 * @param caFile PEM with the certificates to trust instead of the Java platform's
 * @param certificateFile PEM with the client's own certificate chain, for servers that ask for one
 * @param keyFile PEM with its private key, PKCS 8
 * @param serverName the name that the server's certificate must have, if it is not the host's
 */
public record Tls(
    @Nullable Path caFile,
    @Nullable Path certificateFile,
    @Nullable Path keyFile,
    @Nullable String serverName) {

  public static final String CA_FILE = "ca-file";
  public static final String CERTIFICATE_FILE = "client-cert-file";
  public static final String KEY_FILE = "client-key-file";
  public static final String SERVER_NAME = "server-name";

  /**
   * Reads the parameters.
   *
   * @param encrypted whether the URI's scheme asks for TLS
   * @return null if it does not
   * @throws AcceleratorException of category CONFIGURATION if they are wrong
   */
  public static @Nullable Tls of(UriParameters parameters, boolean encrypted) {
    Tls tls =
        new Tls(
            parameters.file(CA_FILE),
            parameters.file(CERTIFICATE_FILE),
            parameters.file(KEY_FILE),
            parameters.text(SERVER_NAME));
    if (!encrypted) {
      if (!tls.equals(new Tls(null, null, null, null))) {
        throw parameters.wrong(
            "is not encrypted, so it takes none of "
                + String.join(", ", CA_FILE, CERTIFICATE_FILE, KEY_FILE, SERVER_NAME)
                + ". Use the scheme that ends in s, or leave them out");
      }
      return null;
    }
    if ((tls.certificateFile == null) != (tls.keyFile == null)) {
      throw parameters.wrong(
          "has one of " + CERTIFICATE_FILE + " and " + KEY_FILE + ". Give both or none");
    }
    for (Path file : new @Nullable Path[] {tls.caFile, tls.certificateFile, tls.keyFile}) {
      if (file != null && !Files.isReadable(file)) {
        throw parameters.wrong("names the file '" + file + "', which cannot be read");
      }
    }
    return tls;
  }

  /** A builder with whom it trusts and who it is. */
  public SslContextBuilder context() {
    SslContextBuilder builder = SslContextBuilder.forClient();
    try {
      if (caFile != null) {
        builder.trustManager(caFile.toFile());
      }
      if (certificateFile != null && keyFile != null) {
        builder.keyManager(certificateFile.toFile(), keyFile.toFile());
      }
    } catch (IllegalArgumentException malformed) {
      throw failed(malformed);
    }
    return builder;
  }

  /** What to do where {@link #isRefusal} says so. */
  public static final String ADVICE =
      " The certificate does not prove that this is the server: trust its issuer with ca-file=FILE,"
          + " or name the server as the certificate does, with server-name=NAME.";

  /** Whether a connection failed since one side does not believe the other's certificate. */
  public static boolean isRefusal(@Nullable Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SSLHandshakeException || cause instanceof CertificateException) {
        return true;
      }
    }
    return false;
  }

  /** For what a builder throws in the end. */
  public static AcceleratorException failed(Exception failure) {
    Throwable cause =
        failure instanceof SSLException || failure.getCause() == null
            ? failure
            : failure.getCause();
    return new AcceleratorException(
        Category.CONFIGURATION,
        "TLS cannot be set up: "
            + cause.getMessage()
            + ". Certificates must be PEM, the key PEM in PKCS 8.",
        failure);
  }
}
