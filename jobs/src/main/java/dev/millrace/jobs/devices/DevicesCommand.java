package dev.millrace.jobs.devices;

import dev.millrace.accelerator.AcceleratorUri;
import dev.millrace.accelerator.Model;
import dev.millrace.accelerator.Models;
import dev.millrace.accelerator.pool.DeviceReport;
import dev.millrace.accelerator.pool.DeviceSurvey;
import dev.millrace.jobs.cli.Command;
import dev.millrace.jobs.cli.Console;
import dev.millrace.jobs.cli.ExitCode;
import dev.millrace.jobs.cli.OptionValues;
import dev.millrace.jobs.cli.Problems;
import dev.millrace.operators.GenerationSettings;
import dev.millrace.operators.InferenceSettings;
import dev.millrace.operators.OptionProblem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/** {@code millrace devices}. */
final class DevicesCommand implements Command {

  private static final String CLEAR = "\u001b[H\u001b[2J";

  @Override
  public String name() {
    return "devices";
  }

  @Override
  public String summary() {
    return "Tells of each accelerator whether it can be used, how fast it is and how well.";
  }

  @Override
  public List<String> notes() {
    return List.of(
        "",
        "Each is loaded with the model, asked an input whose answer is known, and measured for"
            + " about a second. Temperature and power are those of the URI's telemetry parameter:"
            + " a tool as nvidia-smi:0, or an exporter as http://host:9400/metrics?gpu=0.",
        "",
        "Examples:",
        "  millrace devices",
        "  millrace devices --accelerators 'onnx:cpu,sim:a?speed=1000,sim:b?die=0s..' --json",
        "  millrace devices --generation --model Qwen/Qwen3-8B --accelerators"
            + " 'openai+http://localhost:8000/v1'",
        "  millrace devices --raw --model models/demand --accelerators"
            + " 'onnx:cpu,oip+grpc://localhost:8001'",
        "",
        "Exit codes: 0 all can be used, 1 some cannot, 2 wrong usage.");
  }

  @Override
  public List<ConfigOption<?>> options() {
    List<ConfigOption<?>> options = new ArrayList<>(DevicesOptions.OF_INFERENCE);
    options.addAll(DevicesOptions.ALL);
    return options;
  }

  @Override
  public int run(Map<String, String> given, Problems problems, Console console) {
    Configuration values = OptionValues.parse(given, options(), problems);
    InferenceSettings settings = InferenceSettings.from(values);
    GenerationSettings generation =
        values.get(DevicesOptions.GENERATION) ? GenerationSettings.from(values) : null;
    boolean raw = values.get(DevicesOptions.RAW);
    if (raw && generation != null) {
      problems.add(
          DevicesOptions.RAW.key(), "true", "it does not go with --generation. Leave one out.");
    }
    for (OptionProblem problem : problems(settings, generation, raw)) {
      problems.add(problem.option(), problem.value(), problem.remedy());
    }
    for (ConfigOption<Duration> longer :
        List.of(DevicesOptions.INTERVAL, DevicesOptions.PATIENCE)) {
      if (values.get(longer).isZero()) {
        problems.add(longer.key(), "0", "it must be longer than 0.");
      }
    }
    if (!problems.isEmpty()) {
      console.err().println(problems.describe("millrace " + name()));
      return ExitCode.WRONG_USAGE;
    }
    try (DeviceSurvey survey =
        new DeviceSurvey(
            AcceleratorUri.parsePool(settings.accelerator()),
            model(settings, generation, raw),
            settings.sessionOptions())) {
      return look(survey, values, console);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return ExitCode.FAILED;
    } catch (RuntimeException failed) {
      console.err().println("millrace devices failed: " + failed.getMessage());
      if (console.verbose()) {
        failed.printStackTrace(console.err());
      }
      return ExitCode.FAILED;
    }
  }

  private static List<OptionProblem> problems(
      InferenceSettings settings, @Nullable GenerationSettings generation, boolean raw) {
    if (raw) {
      return settings.rawProblems();
    }
    return generation == null ? settings.problems() : settings.problems(generation);
  }

  private static Model model(
      InferenceSettings settings, @Nullable GenerationSettings generation, boolean raw) {
    if (raw) {
      return Models.raw(settings.model());
    }
    return generation == null
        ? Models.resolve(settings.model())
        : generation.model(settings.model());
  }

  private static int look(DeviceSurvey survey, Configuration values, Console console)
      throws InterruptedException {
    boolean watch = values.get(DevicesOptions.WATCH);
    boolean json = values.get(DevicesOptions.JSON);
    while (true) {
      List<DeviceReport> reports = survey.look(values.get(DevicesOptions.PATIENCE));
      if (json) {
        console.out().println(DeviceTable.json(reports, !watch));
      } else {
        if (watch && console.terminal()) {
          console.out().print(CLEAR);
        }
        DeviceTable.lines(reports).forEach(console.out()::println);
      }
      console.out().flush();
      if (!watch) {
        return reports.stream().allMatch(DeviceReport::isUsable) ? ExitCode.DONE : ExitCode.FAILED;
      }
      if (!json) {
        console.out().println();
      }
      TimeUnit.NANOSECONDS.sleep(values.get(DevicesOptions.INTERVAL).toNanos());
    }
  }
}
