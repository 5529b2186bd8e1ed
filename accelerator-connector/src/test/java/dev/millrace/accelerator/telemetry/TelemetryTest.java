package dev.millrace.accelerator.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.DeviceReading;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tools and exporters, each as a process or a server of its own. */
class TelemetryTest {

  private static final long MEBIBYTE = 1 << 20;

  @TempDir Path folder;

  @Test
  void aToolOfTheShapeOfNvidiaSmiIsAskedForOneDevice() throws Exception {
    Path tool =
        script(
            "case \"$1 $3\" in '--id=1 --format=csv,noheader,nounits') ;; *) echo \"what? $*\";"
                + " exit 2;; esac\n"
                + "echo '84, 312.45, 97, 1024, 81559, 0x0000000000000020, 3'\n");
    assertThat(Telemetry.of(tool + ":1").read())
        .isEqualTo(
            new DeviceReading(
                84.0, 312.45, 0.97, 1024 * MEBIBYTE, 81559 * MEBIBYTE, true, 3L, null, null));
    assertThatThrownBy(() -> Telemetry.of(tool + ":0").read())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("ended with 2: what? --id=0");
  }

  @Test
  void whatAToolDoesNotTellIsNotKnown() throws Exception {
    Path tool = script("echo '55, [N/A], [Not Supported], 10, 100, 0x0000000000000004, [N/A]'\n");
    assertThat(Telemetry.of(tool + ":0").read())
        .isEqualTo(
            new DeviceReading(
                55.0, null, null, 10 * MEBIBYTE, 100 * MEBIBYTE, false, null, null, null));
  }

  @Test
  void aToolThatIsNotThereOrSaysSomethingElseIsTold() throws Exception {
    assertThatThrownBy(() -> Telemetry.of("no-such-smi:0").read())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no-such-smi");
    Path tool = script("echo hello\n");
    assertThatThrownBy(() -> Telemetry.of(tool + ":0").read())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("hello");
  }

  @Test
  void dcgm() throws Exception {
    String page =
        """
        # HELP DCGM_FI_DEV_GPU_TEMP GPU temperature (in C).
        # TYPE DCGM_FI_DEV_GPU_TEMP gauge
        DCGM_FI_DEV_GPU_TEMP{gpu="0",UUID="GPU-1",device="nvidia0",modelName="NVIDIA H20",Hostname="a\\\"b"} 41
        DCGM_FI_DEV_GPU_TEMP{gpu="1",UUID="GPU-2",device="nvidia1",modelName="NVIDIA H20",Hostname="a"} 88
        DCGM_FI_DEV_MEMORY_TEMP{gpu="1",UUID="GPU-2"} 92
        DCGM_FI_DEV_POWER_USAGE{gpu="1",UUID="GPU-2"} 380.5
        DCGM_FI_DEV_GPU_UTIL{gpu="1",UUID="GPU-2"} 50
        DCGM_FI_DEV_FB_USED{gpu="1",UUID="GPU-2"} 2048
        DCGM_FI_DEV_CLOCK_THROTTLE_REASONS{gpu="1",UUID="GPU-2"} 64
        DCGM_FI_DEV_ECC_DBE_VOL_TOTAL{gpu="1",UUID="GPU-2"} 1
        DCGM_FI_DEV_XID_ERRORS{gpu="1",UUID="GPU-2",err_code="79"} 79
        """;
    assertThat(reading(page, "gpu=1"))
        .isEqualTo(
            new DeviceReading(92.0, 380.5, 0.5, 2048 * MEBIBYTE, null, true, 1L, false, null));
  }

  @Test
  void npuExporter() throws Exception {
    String page =
        """
        npu_chip_info_health_status{id="3",model_name="910B",vdie_id=""} 1 1700000000000
        npu_chip_info_network_status{id="3"} 0 1700000000000
        npu_chip_info_temperature{id="3"} 61 1700000000000
        npu_chip_info_hbm_temperature{id="3"} 64
        npu_chip_info_power{id="3"} 171.2
        npu_chip_info_utilization{id="3"} 12
        npu_chip_info_hbm_used_memory{id="3"} 1000
        npu_chip_info_hbm_total_memory{id="3"} 65536
        npu_chip_info_hbm_ecc_double_bit_error_cnt{id="3"} 0
        npu_chip_info_hbm_ecc_single_bit_error_cnt{id="3"} 9
        npu_chip_info_temperature{id="4"} 99
        """;
    assertThat(reading(page, "id=3"))
        .isEqualTo(
            new DeviceReading(
                64.0, 171.2, 0.12, 1000 * MEBIBYTE, 65536 * MEBIBYTE, null, 0L, true, false));
  }

  @Test
  void mxExporterWhosePowerIsInMilliwatts() throws Exception {
    String page =
        """
        mx_gpu_state{deviceId="0",die_id="0",unavailable_reason=""} 1
        mx_chip_hotspot_temp{deviceId="0",die_id="0"} 70
        mx_chip_hbm_temp{deviceId="0",die_id="1"} 72.5
        mx_board_power{deviceId="0"} 243000
        mx_clk_thr{deviceId="0",die_id="0"} 0
        mx_ecc_error_count{deviceId="0",die_id="0",type="dram_ce"} 7
        mx_ecc_error_count{deviceId="0",die_id="0",type="dram_ue"} 2
        mx_ecc_error_count{deviceId="0",die_id="1",type="sram_ue"} 1
        """;
    assertThat(reading(page, "deviceId=0"))
        .isEqualTo(new DeviceReading(72.5, 243.0, null, null, null, false, 3L, true, null));
  }

  @Test
  void mluExporter() throws Exception {
    String page =
        """
        mlu_health{slot="2",model="MLU590"} 0
        mlu_mlulink_status{slot="2",link="0"} 1
        mlu_mlulink_status{slot="2",link="1"} 1
        mlu_temperature{slot="2"} 45
        mlu_memory_temperature{slot="2"} 50
        mlu_power_usage{slot="2"} 120
        mlu_thermal_slow_down{slot="2"} 1
        """;
    assertThat(reading(page, "slot=2"))
        .isEqualTo(new DeviceReading(50.0, 120.0, null, null, null, true, null, false, true));
  }

  @Test
  void aPageWithoutTheDeviceIsTold() {
    assertThatThrownBy(() -> reading("DCGM_FI_DEV_GPU_TEMP{gpu=\"0\"} 41\n{{{\n", "gpu=7"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("gpu=7");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nvidia-smi", "nvidia-smi:", ":0", "http:///metrics", "http://h:1/m?=0"})
  void whatIsNoTelemetryIsRefused(String text) {
    assertThatThrownBy(() -> Telemetry.of(text))
        .isInstanceOf(AcceleratorException.class)
        .hasMessageContaining("nvidia-smi:0");
  }

  private static DeviceReading reading(String page, String labels) throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/metrics",
        exchange -> {
          byte[] body = page.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      return Telemetry.of(
              "http://127.0.0.1:" + server.getAddress().getPort() + "/metrics?" + labels)
          .read();
    } finally {
      server.stop(0);
    }
  }

  private Path script(String body) throws IOException {
    Path tool = folder.resolve("some-smi");
    Files.writeString(tool, "#!/bin/sh\n" + body);
    return Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
