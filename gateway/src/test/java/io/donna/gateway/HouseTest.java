package io.donna.gateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.donna.gateway.auth.Verification;
import io.donna.gateway.cli.Terminal;
import io.donna.gateway.cli.talk.Printer;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The packages' directions: each may use those below it and never those above. */
class HouseTest {
  private static final String ROOT = "io.donna.gateway.";
  private static final List<String> TOP_TO_BOTTOM =
      List.of(
          "cli",
          "admin",
          "edge",
          "session",
          "alerts",
          "protocol",
          "relay",
          "calls",
          "metering",
          "upstream",
          "admission",
          "policy",
          "guard",
          "auth",
          "dialect",
          "cluster",
          "webhook",
          "event",
          "telemetry",
          "websocket",
          "audit",
          "sharing",
          "config");

  private static final JavaClasses HOUSE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.donna.gateway");

  static Stream<Arguments> rooms() {
    return IntStream.range(1, TOP_TO_BOTTOM.size())
        .mapToObj(i -> Arguments.of(TOP_TO_BOTTOM.get(i), TOP_TO_BOTTOM.subList(0, i)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rooms")
  void noRoomKnowsThoseAboveIt(String room, List<String> above) {
    noClasses()
        .that()
        .resideInAPackage(ROOT + room + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(above.stream().map(name -> ROOT + name + "..").toArray(String[]::new))
        .check(HOUSE);
  }

  /** Who reads a name in a trace, a log or a review knows which class is meant. */
  @Test
  void noTwoClassesShareTheirName() {
    Map<String, List<String>> byName =
        HOUSE.stream()
            .filter(type -> type.getEnclosingClass().isEmpty())
            .filter(type -> !type.getSimpleName().equals("package-info"))
            .collect(
                Collectors.groupingBy(
                    JavaClass::getSimpleName,
                    Collectors.mapping(JavaClass::getPackageName, Collectors.toList())));

    assertThat(byName).allSatisfy((name, packages) -> assertThat(packages).hasSize(1));
  }

  @Test
  void everyClassHasARoom() {
    noClasses()
        .that()
        .doNotHaveSimpleName("package-info")
        .should()
        .resideOutsideOfPackages(
            TOP_TO_BOTTOM.stream().map(name -> ROOT + name + "..").toArray(String[]::new))
        .check(HOUSE);
  }

  @Test
  void framesKnowNothingOfTheRestOfTheHouse() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + "websocket..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            TOP_TO_BOTTOM.stream()
                .filter(name -> !name.equals("websocket"))
                .map(name -> ROOT + name + "..")
                .toArray(String[]::new))
        .check(HOUSE);
  }

  @Test
  void onlyTheCommandEndsTheProcess() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + "cli..")
        .should()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .callMethod(Runtime.class, "exit", int.class)
        .orShould()
        .callMethod(Runtime.class, "halt", int.class)
        .check(HOUSE);
  }

  /** The wall's clock may be set: who needs the time of day is handed a clock, others nanoTime. */
  @Test
  void onlyTheCommandReadsTheClockOnTheWall() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + "cli..")
        .should()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(Clock.class, "systemUTC")
        .orShould()
        .callMethod(Clock.class, "systemDefaultZone")
        .check(HOUSE);
  }

  @Test
  void theSimulatorIsKnownByNameOnly() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.donna.simulator..")
        .check(HOUSE);
  }

  @Test
  void everyClassIsNamedAfterAThing() {
    noClasses()
        .should()
        .haveSimpleNameEndingWith("Impl")
        .orShould()
        .haveSimpleNameEndingWith("Manager")
        .orShould()
        .haveNameMatching(".*(Util|Utils|Helper|Helpers)")
        .orShould()
        .haveSimpleNameStartingWith("Abstract")
        .check(HOUSE);
  }

  /** Whoever verifies tokens in another place adds it to the tests of {@code TokenChecksTest}. */
  @Test
  void tokensAreCheckedNowhereElse() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.donna.gateway.auth..", "io.donna.gateway.cli..")
        .and()
        .doNotHaveSimpleName("ClientSecretRoute")
        .and()
        .doNotHaveSimpleName("Identity")
        .and()
        .doNotHaveSimpleName("MisdirectedSdk")
        .should()
        .dependOnClassesThat(JavaClass.Predicates.assignableTo(Verification.class))
        .check(HOUSE);
  }

  /** What others wrote is printed harmless: {@code HostileTextTest}. */
  @Test
  void onlyTheTerminalPrints() {
    noClasses()
        .that()
        .resideInAPackage("io.donna.gateway..")
        .and()
        .doNotBelongToAnyOf(Terminal.class, Printer.class)
        .should()
        .callMethodWhere(
            DescribedPredicate.describe(
                "something is printed",
                call ->
                    (call.getTargetOwner().isAssignableTo(PrintWriter.class)
                            || call.getTargetOwner().isAssignableTo(PrintStream.class))
                        && call.getName().matches("print|println|printf|format|append|write")))
        .check(HOUSE);
  }
}
