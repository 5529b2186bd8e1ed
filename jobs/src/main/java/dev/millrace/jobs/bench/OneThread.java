package dev.millrace.jobs.bench;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;

/** The best options that a user who calls one session from several threads can give it. */
final class OneThread {

  private OneThread() {}

  static OrtSession.SessionOptions options() throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(1);
    options.setInterOpNumThreads(1);
    options.addConfigEntry("session.intra_op.allow_spinning", "0");
    return options;
  }
}
