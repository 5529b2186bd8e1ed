package dev.millrace.accelerator;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.lang.reflect.Constructor;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class RecordMethodsTest {

  /** Its class is loaded a second time, by a class loader of its own. */
  record Compared(Thread.State state) {}

  @Test
  void theClassLoaderOfTheLastRecordCanGo() throws Exception {
    WeakReference<ClassLoader> loader = compareInALoaderOfItsOwn();
    RecordMethods.forgetLast();
    Awaitility.await("the class loader is collected")
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(
            () -> {
              System.gc();
              assertThat(loader.get()).isNull();
            });
  }

  private static WeakReference<ClassLoader> compareInALoaderOfItsOwn() throws Exception {
    URL classes = Compared.class.getProtectionDomain().getCodeSource().getLocation();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {classes}, null)) {
      Constructor<?> made =
          Class.forName(Compared.class.getName(), true, loader)
              .getDeclaredConstructor(Thread.State.class);
      made.setAccessible(true);
      Object one = made.newInstance(Thread.State.NEW);
      Object same = made.newInstance(Thread.State.NEW);
      assertThat(one.equals(same)).isTrue();
      assertThat(one.hashCode()).isEqualTo(same.hashCode());
      assertThat(one.toString()).isEqualTo(same.toString());
      return new WeakReference<>(loader);
    }
  }
}
