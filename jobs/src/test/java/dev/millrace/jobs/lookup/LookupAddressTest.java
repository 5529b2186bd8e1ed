package dev.millrace.jobs.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LookupAddressTest {

  @ParameterizedTest
  @CsvSource({
    "8080, 127.0.0.1:8080, true",
    "0, 127.0.0.1:0, true",
    "localhost:81, localhost:81, true",
    "0.0.0.0:8080, 0.0.0.0:8080, false",
    "[::1]:8080, [::1]:8080, true",
    "[::]:8080, [::]:8080, false"
  })
  void aPortAloneIsOfThisMachine(String written, String read, boolean loopback) {
    LookupAddress address = LookupAddress.parse(written);
    assertThat(address).hasToString(read);
    assertThat(address.loopback()).isEqualTo(loopback);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "here", "here:", ":80", "65536", "::1:80", "http://here:80", "1:2:3"})
  void whatIsNoAddressIsRefused(String written) {
    assertThatThrownBy(() -> LookupAddress.parse(written))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("HOST:PORT");
  }

  @Test
  void aLoopbackAddressAnswersToNamesOfThisMachineOnly() {
    LoopbackHosts hosts = new LoopbackHosts("127.0.0.1");
    assertThat(hosts.allow("localhost:8080")).isTrue();
    assertThat(hosts.allow("127.0.0.1")).isTrue();
    assertThat(hosts.allow("[::1]:8080")).isTrue();
    assertThat(hosts.allow("shop.example:8080")).isFalse();
    assertThat(hosts.allow("127.evil.example")).isFalse();
    assertThat(hosts.allow("localhost.evil.example:80")).isFalse();
    assertThat(hosts.allow(null)).isFalse();
  }
}
