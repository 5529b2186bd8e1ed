package dev.millrace;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Five floors, one direction: jobs, pipelines, operators, accelerator-connector, schemas. */
@AnalyzeClasses(
    packages = "dev.millrace",
    importOptions = {
      ImportOption.DoNotIncludeTests.class,
      ArchitectureTest.WithoutSharedTestCode.class
    })
class ArchitectureTest {

  /** The tests of a module that come as a jar, for the tests of others. */
  static final class WithoutSharedTestCode implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("-tests.jar");
    }
  }

  @ArchTest
  static final ArchRule dependenciesPointDown =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("jobs")
          .definedBy("dev.millrace.jobs..")
          .layer("pipelines")
          .definedBy("dev.millrace.pipelines..")
          .layer("operators")
          .definedBy("dev.millrace.operators..")
          .layer("accelerator-connector")
          .definedBy("dev.millrace.accelerator..")
          .layer("schemas")
          .definedBy("dev.millrace.schemas..")
          .whereLayer("jobs")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("pipelines")
          .mayOnlyBeAccessedByLayers("jobs")
          .whereLayer("operators")
          .mayOnlyBeAccessedByLayers("jobs", "pipelines")
          .whereLayer("accelerator-connector")
          .mayOnlyBeAccessedByLayers("jobs", "pipelines", "operators");

  @ArchTest
  static final ArchRule connectorsAndSchemasKnowNothingOfFlink =
      noClasses()
          .that()
          .resideInAnyPackage("dev.millrace.accelerator..", "dev.millrace.schemas..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.flink..");

  @ArchTest
  static final ArchRule schemasKnowNothingOfReactorOrDevices =
      noClasses()
          .that()
          .resideInAPackage("dev.millrace.schemas..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("reactor..", "ai.onnxruntime..");

  /** And the benchmark, whose limit is the bare runtime. */
  @ArchTest
  static final ArchRule onlyItsConnectorKnowsOnnxRuntime =
      noClasses()
          .that(
              DescribedPredicate.not(
                  resideInAnyPackage(
                      "dev.millrace.accelerator.onnx..", "dev.millrace.jobs.bench..")))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("ai.onnxruntime..");

  @ArchTest
  static final ArchRule operatorsKnowNoSourcesAndSinks =
      noClasses()
          .that()
          .resideInAnyPackage("dev.millrace.operators..", "dev.millrace.pipelines..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.flink.connector..", "picocli..");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("dev.millrace.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule loggersAreConstants =
      fields()
          .that()
          .haveRawType("org.slf4j.Logger")
          .should()
          .beStatic()
          .andShould()
          .beFinal()
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule exceptionsAreCalledSo =
      classes()
          .that()
          .areAssignableTo(Throwable.class)
          .should()
          .haveSimpleNameEndingWith("Exception");
}
