import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Arrays;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.tools.AclCommand;
import org.apache.kafka.tools.TopicCommand;

/** Runs every line of standard input that is a command of Kafka's tools, all of them in one Java: KafkaTools.java < commands. */
public class KafkaTools {
  public static void main(String[] unused) throws Exception {
    Exit.setExitProcedure((code, message) -> { if (code != 0) throw new IllegalStateException("exit " + code + ": " + message); });
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.trim().split("\\s+");
      String[] rest = Arrays.copyOfRange(words, 1, words.length);
      switch (words[0]) {
        case "kafka-acls.sh": AclCommand.main(rest); break;
        case "kafka-configs.sh": kafka.admin.ConfigCommand.main(rest); break;
        case "kafka-topics.sh": TopicCommand.main(rest); break;
        default: break;
      }
    }
  }
}
