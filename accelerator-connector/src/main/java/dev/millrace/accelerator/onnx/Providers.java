package dev.millrace.accelerator.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtEpDevice;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtHardwareDevice;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import ai.onnxruntime.providers.OrtTensorRTProviderOptions;
import dev.millrace.accelerator.AcceleratorException;
import dev.millrace.accelerator.AcceleratorException.Category;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Tells ONNX Runtime on which device a session runs. */
final class Providers {

  /** Libraries of plug-ins that this process has registered, by the provider's name. */
  private static final Map<String, String> REGISTERED = new HashMap<>();

  private Providers() {}

  /**
   * Adds the target's provider to a session's options.
   *
   * @throws AcceleratorException of category CONFIGURATION if it is not there
   */
  static void add(OnnxTarget target, OrtSession.SessionOptions options) throws OrtException {
    switch (target.kind()) {
      case CPU -> {
        return;
      }
      case CUDA -> addCuda(target, options);
      case TENSORRT -> addTensorRt(target, options);
      case PLUGIN -> addPlugin(target, options);
    }
    if (!target.mayFallBack()) {
      options.addConfigEntry("session.disable_cpu_ep_fallback", "1");
    }
  }

  private static void addCuda(OnnxTarget target, OrtSession.SessionOptions options) {
    requireBuiltIn(target, OrtProvider.CUDA);
    try (OrtCUDAProviderOptions own = new OrtCUDAProviderOptions(Integer.parseInt(target.name()))) {
      for (Map.Entry<String, String> option : target.providerOptions().entrySet()) {
        own.add(option.getKey(), option.getValue());
      }
      options.addCUDA(own);
    } catch (OrtException failure) {
      throw unusable(target, failure);
    }
  }

  private static void addTensorRt(OnnxTarget target, OrtSession.SessionOptions options) {
    requireBuiltIn(target, OrtProvider.TENSOR_RT);
    try (OrtTensorRTProviderOptions own =
        new OrtTensorRTProviderOptions(Integer.parseInt(target.name()))) {
      for (Map.Entry<String, String> option : target.providerOptions().entrySet()) {
        own.add(option.getKey(), option.getValue());
      }
      options.addTensorrt(own);
    } catch (OrtException failure) {
      throw unusable(target, failure);
    }
  }

  private static void requireBuiltIn(OnnxTarget target, OrtProvider provider) {
    OrtEnvironment unused = OrtEnvironment.getEnvironment();
    if (!OrtEnvironment.getAvailableProviders().contains(provider)) {
      throw wrong(
          target,
          "needs ONNX Runtime for GPUs (with CUDA 12), and the one here has "
              + OrtEnvironment.getAvailableProviders()
              + ". Build Millrace with 'mvn -Pgpu package', or put the jar of"
              + " com.microsoft.onnxruntime:onnxruntime_gpu in lib/ in place of onnxruntime's",
          null);
    }
  }

  private static AcceleratorException unusable(OnnxTarget target, OrtException failure) {
    return wrong(
        target,
        "cannot be used: "
            + failure.getMessage()
            + ". Are the driver, CUDA 12 and cuDNN 9 on the library path, and does the device"
            + " exist",
        failure);
  }

  private static void addPlugin(OnnxTarget target, OrtSession.SessionOptions options)
      throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    register(environment, target);
    List<OrtEpDevice> all = environment.getEpDevices();
    List<OrtEpDevice> own = new ArrayList<>();
    for (OrtEpDevice device : all) {
      if (device.getEpName().equals(target.name()) && isChosen(device.getDevice(), target)) {
        own.add(device);
      }
    }
    String index = target.choice().getOrDefault(OnnxTarget.DEVICE, "0");
    int at;
    try {
      at = Integer.parseInt(index);
    } catch (NumberFormatException notANumber) {
      throw wrong(target, "has device=" + index + ". It must be a number from 0", notANumber);
    }
    if (at < 0 || at >= own.size()) {
      throw wrong(
          target,
          "has "
              + own.size()
              + " such devices, and "
              + at
              + " is asked for. There are: "
              + tell(all),
          null);
    }
    options.addExecutionProvider(List.of(own.get(at)), target.providerOptions());
  }

  private static synchronized void register(OrtEnvironment environment, OnnxTarget target) {
    String library = Objects.requireNonNull(target.choice().get(OnnxTarget.LIBRARY));
    String before = REGISTERED.get(target.name());
    if (library.equals(before)) {
      return;
    }
    if (before != null) {
      throw wrong(
          target,
          "has the library "
              + library
              + ", and this process has loaded "
              + before
              + " under that name. Use one",
          null);
    }
    if (!Files.isReadable(Path.of(library))) {
      throw wrong(target, "has library=" + library + ", and no such file can be read here", null);
    }
    try {
      environment.registerExecutionProviderLibrary(
          target.name(), Path.of(library).toAbsolutePath().toString());
    } catch (OrtException failure) {
      throw wrong(
          target,
          "has a library that ONNX Runtime cannot use as a plug-in provider: "
              + failure.getMessage(),
          failure);
    }
    REGISTERED.put(target.name(), library);
  }

  private static boolean isChosen(OrtHardwareDevice device, OnnxTarget target) {
    return matches(target.choice().get(OnnxTarget.DEVICE_ID), device.getDeviceId(), "")
        && matches(
            target.choice().get(OnnxTarget.VENDOR), device.getVendorId(), device.getVendor());
  }

  /** By number, decimal or hexadecimal with 0x, or by name. */
  private static boolean matches(@Nullable String wanted, int number, String name) {
    if (wanted == null || wanted.equalsIgnoreCase(name)) {
      return true;
    }
    try {
      return Integer.decode(wanted) == number;
    } catch (NumberFormatException isAName) {
      return false;
    }
  }

  private static String tell(List<OrtEpDevice> devices) {
    List<String> told = new ArrayList<>();
    for (OrtEpDevice device : devices) {
      OrtHardwareDevice hardware = device.getDevice();
      told.add(
          String.format(
              Locale.ROOT,
              "%s of %s (vendor 0x%x, device-id 0x%x)",
              device.getEpName(),
              hardware.getVendor(),
              hardware.getVendorId(),
              hardware.getDeviceId()));
    }
    return told.isEmpty() ? "none" : String.join(", ", told);
  }

  private static AcceleratorException wrong(
      OnnxTarget target, String what, @Nullable Throwable cause) {
    return new AcceleratorException(
        Category.CONFIGURATION, "The accelerator '" + target.uri() + "' " + what + ".", cause);
  }
}
