import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.kafka.common.utils.Exit;

/** Runs Kafka's own command-line tools one after another in one JVM, each as its script would: a line of the file is a class and its arguments. */
public class RunTools {
  public static void main(String[] args) throws Exception {
    Exit.setExitProcedure((status, message) -> {
      if (status != 0) throw new IllegalStateException("ended with " + status + ": " + message);
    });
    for (String line : Files.readAllLines(Path.of(args[0]))) {
      String[] command = line.split("\t");
      System.out.println("### " + command[0]);
      Class.forName(command[0])
          .getMethod("main", String[].class)
          .invoke(null, (Object) Arrays.copyOfRange(command, 1, command.length));
      System.out.flush();
    }
    Runtime.getRuntime().halt(0);
  }
}
