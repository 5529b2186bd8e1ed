package dev.millrace.accelerator.servers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The process of a server: {@code PROTOCOL name=value...}. It says where it listens, and then obeys
 * the lines of its standard input, until that ends: {@code fault KIND TIMES} and {@code count
 * WHAT}.
 */
final class ServerMain {

  private ServerMain() {}

  public static void main(String[] args) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (String option : List.of(args).subList(1, args.length)) {
      int equals = option.indexOf('=');
      options.put(option.substring(0, equals), option.substring(equals + 1));
    }
    Faults faults = new Faults();
    int inner =
        args[0].equals("oip")
            ? OipTestServer.start(options, faults)
            : OpenAiTestServer.start(options, faults);
    int port = Integer.parseInt(options.getOrDefault("port", "0"));
    System.out.println("listening " + new FaultyWire(inner, port, faults).port());
    obey(faults);
    System.exit(0);
  }

  private static void obey(Faults faults) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ", 2);
      if (words[0].equals("fault")) {
        int last = words[1].lastIndexOf(' ');
        faults.set(words[1].substring(0, last), Integer.parseInt(words[1].substring(last + 1)));
        System.out.println("done");
      } else {
        System.out.println(faults.counted(words[1]));
      }
    }
  }
}
