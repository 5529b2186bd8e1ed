package dev.millrace.accelerator.onnx;

import ai.onnxruntime.OnnxTensor;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Holds every run just before the device, until it is opened. */
final class Gate implements RunListener {

  private final CountDownLatch open = new CountDownLatch(1);
  private final AtomicInteger arrived = new AtomicInteger();

  @Override
  public void running(Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs) {
    arrived.incrementAndGet();
    try {
      open.await();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  int arrived() {
    return arrived.get();
  }

  void open() {
    open.countDown();
  }
}
