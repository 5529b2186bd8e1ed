package dev.millrace.jobs.lookup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

final class LookupAddressTest {

  @Test
  void aPortAloneIsOfThisMachine() {
    assertThat(LookupAddress.parse("8080")).hasToString("127.0.0.1:8080");
    assertThat(LookupAddress.parse("0")).isEqualTo(new LookupAddress("127.0.0.1", 0));
    assertThat(LookupAddress.parse("localhost:81")).hasToString("localhost:81");
    assertThat(LookupAddress.parse("[::1]:8080")).hasToString("[::1]:8080");
    for (String own : List.of("8080", "localhost:81", "[::1]:8080")) {
      assertThat(LookupAddress.parse(own).loopback()).as(own).isTrue();
    }
    for (String open : List.of("0.0.0.0:8080", "[::]:8080")) {
      assertThat(LookupAddress.parse(open).loopback()).as(open).isFalse();
    }
  }

  @Test
  void whatIsNoAddressIsRefused() {
    for (String written :
        List.of("", "here", "here:", ":80", "65536", "::1:80", "http://here:80", "1:2:3")) {
      assertThatThrownBy(() -> LookupAddress.parse(written))
          .as(written)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("HOST:PORT");
    }
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
