package duestream.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A program under measurement: how one run of it is started, what it writes, and how one sees that it is done. */
record Side(String name, String output, boolean leavesWhenDone, boolean jvm, Command command) {
    interface Command {
        /** run: an id that is new for every run; state: an empty folder of its own. */
        List<String> of(String run, Path state);
    }

    private static List<String> java(String java, String options, Path classes) {
        List<String> c = new ArrayList<>(List.of(java));
        c.addAll(List.of(options.split(" ")));
        c.addAll(List.of("-cp", classes.resolve("classes") + ":" + classes.resolve("lib") + "/*"));
        return c;
    }

    /** This module's Kafka Streams program; its decisions go to a topic of their own. */
    static Side peer(Options o) {
        String output = o.get("prefix") + "peer-decisions";
        return new Side("peer", output, false, true, (run, state) -> {
            List<String> c = java(o.get("peer-java"), o.get("peer-opts"), Path.of(o.get("classes")));
            c.addAll(List.of("duestream.peer.App", o.get("kafka"), o.get("prefix"), output, run, state.toString(),
                o.get("peer-threads"), o.get("peer-commit-ms")));
            return c;
        });
    }

    /** The reference program (class peer.App): it knows one prefix for inputs and output, and reads BOOTSTRAP. */
    static Side reference(Options o) {
        String prefix = o.get("prefix").replaceAll("\\.$", "");
        return new Side("reference", prefix + ".decisions", false, true, (run, state) -> {
            List<String> c = new ArrayList<>(List.of("env", "BOOTSTRAP=" + o.get("kafka")));
            c.addAll(java(o.get("peer-java"), o.get("peer-opts") + " -Dprefix=" + prefix, Path.of(o.get("reference-classes"))));
            c.addAll(List.of("peer.App", run, state.toString(), o.get("peer-threads"), o.get("peer-commit-ms")));
            return c;
        });
    }

    static Side engine(Options o) throws IOException {
        String output = o.get("prefix") + "decisions";
        return new Side("duestream", output, true, false, (run, state) -> {
            List<String> c = new ArrayList<>(List.of(o.get("duestream"), "run", "--log", "kafka:" + o.get("kafka"), "--prefix", o.get("prefix"),
                "--app", run, "--slot", "0", "--state", state.toString(), "--partitions", o.get("partitions"), "--create-topics",
                "--until-caught-up", "--json"));
            for (String extra : o.get("engine-args").split(" ")) if (!extra.isEmpty()) c.add(extra);
            return c;
        });
    }
}
