package io.donna.simulator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.netty.channel.Channel;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A protocol is a package of its own, and a row of the table of {@link Protocols}. */
class PackagesTest {
  private static final String ROOT = "io.donna.simulator";
  private static final String[] PROTOCOLS = {
    ROOT + ".live..", ROOT + ".realtime..", ROOT + ".transcription..", ROOT + ".translation.."
  };
  private static final String[] SHARED = {
    ROOT + ".protocol..", ROOT + ".input..", ROOT + ".speech..", ROOT + ".audio.."
  };

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  @Test
  void noPackageIsPartOfACycle() {
    slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void noProtocolKnowsAnother() {
    for (String protocol : PROTOCOLS) {
      noClasses()
          .that()
          .resideInAPackage(protocol)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              Stream.of(PROTOCOLS).filter(other -> !other.equals(protocol)).toArray(String[]::new))
          .check(CLASSES);
    }
  }

  @Test
  void whatIsSharedKnowsNoProtocol() {
    noClasses()
        .that()
        .resideInAnyPackage(SHARED)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(PROTOCOLS)
        .check(CLASSES);
  }

  @Test
  void onlyTheTableOfProtocolsKnowsThem() {
    noClasses()
        .that()
        .resideInAPackage(ROOT)
        .and()
        .doNotHaveFullyQualifiedName(Protocols.class.getName())
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(PROTOCOLS)
        .check(CLASSES);
  }

  @Test
  void sessionsKnowNoSocketAndNoClockOnTheWall() {
    noClasses()
        .that()
        .resideInAnyPackage(PROTOCOLS)
        .or()
        .resideInAnyPackage(ROOT + ".input..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(Channel.class.getPackageName() + "..")
        .orShould()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .check(CLASSES);
  }
}
