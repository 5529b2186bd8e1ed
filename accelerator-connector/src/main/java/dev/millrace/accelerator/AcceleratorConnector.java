package dev.millrace.accelerator;

import java.util.EnumSet;
import java.util.Set;

/**
 * The code that reaches one kind of accelerator. Implement it, name the class in {@code
 * META-INF/services/dev.millrace.accelerator.AcceleratorConnector}, and its schemes can be used
 * wherever Millrace takes an accelerator.
 *
 * <p>An implementation has a public constructor without arguments and holds no state.
 */
public interface AcceleratorConnector {

  /** The URI schemes that this connector serves, in lower case. */
  Set<String> schemes();

  /**
   * Checks a URI without reaching the accelerator, so that a wrong one is told before a job starts.
   *
   * @throws AcceleratorException of category CONFIGURATION if the target or a parameter is wrong
   */
  void validate(AcceleratorUri uri);

  /** The tasks whose models can run there. */
  default Set<ModelTask> tasks() {
    return EnumSet.of(ModelTask.EMBEDDING);
  }

  /**
   * Checks that a model has what it takes to run there, without reaching the accelerator. That its
   * task is one of {@link #tasks()} has been checked.
   *
   * @throws AcceleratorException if it has not
   */
  default void validate(AcceleratorUri uri, Model model) {}

  /**
   * Whether batches for that model must hold texts there, and not only their tokens: see {@link
   * InferenceSession#readsTexts()}. Told without reaching the accelerator, since batches may be
   * made before it is reached.
   */
  default boolean readsTexts(AcceleratorUri uri, Model model) {
    return false;
  }

  /**
   * The digest that a session will have, found without loading the model: for whoever must know
   * before there is a session which model the answers will be of. A session whose preparation fails
   * its check has another.
   *
   * @throws AcceleratorException if the model cannot be run so
   */
  default String digest(AcceleratorUri uri, Model model, SessionOptions options) {
    return model.digest();
  }

  /**
   * The signature that a session will have: for whoever must know before there is a session. Where
   * it cannot be found in another way the model is loaded for it.
   *
   * @throws AcceleratorException if the model cannot be run so
   */
  default Signature signature(AcceleratorUri uri, Model model, SessionOptions options) {
    try (InferenceSession session = open(uri, model, options)) {
      return session.signature();
    }
  }

  /**
   * Loads a model on an accelerator. May take seconds, so it is not called on a task's thread but
   * while a task opens.
   *
   * @return a session that the caller owns
   * @throws AcceleratorException if the accelerator cannot be reached or cannot run the model
   */
  InferenceSession open(AcceleratorUri uri, Model model, SessionOptions options);

  /**
   * Gives back what the connector's classes hold of the process, such as native libraries, because
   * their class loader is about to be given up. No session is open, and none will be opened.
   */
  default void release() {}
}
