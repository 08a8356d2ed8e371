package duestream.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import duestream.peer.Ties;
import duestream.peer.Workload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;

/** The verbs of the harness; README.md beside the pom has the usage. Exit code 1: decisions differ, 2: it could not be measured. */
public final class Bench {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] args) {
        int code;
        try {
            code = switch (args.length == 0 ? "" : args[0]) {
                case "generate" -> generate(options(args));
                case "pairs" -> pairs(options(args));
                case "compare" -> compare(options(args));
                case "plant" -> plant(options(args));
                case "ties" -> ties(options(args));
                default -> throw new IllegalArgumentException("generate | pairs | compare | plant | ties, then --name value");
            };
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            code = 2;
        } catch (Exception e) {
            e.printStackTrace();
            code = 2;
        }
        System.exit(code);
    }

    private static Options options(String[] args) {
        return new Options("kafka", null, "prefix", "bench.", "partitions", "4", "events", "300000", "customers", "100000", "pairs", "1",
            "sides", "duestream,peer", "work", null, "classes", null, "reference-classes", null, "duestream", null, "engine-args", "",
            "peer-java", "java", "peer-opts", "-Xms1g -Xmx1g -XX:+UseParallelGC", "peer-threads", "2", "peer-commit-ms", "100",
            "limit-s", "3600", "json", "no", "reuse", "no", "left", null, "right", null, "left-name", "left", "right-name", "right")
            .parse(args, 1);
    }

    private static Workload workload(Options o) {
        return new Workload(0, (int) o.number("customers"), o.number("events"), o.number("events"));
    }

    private static List<String> inputs(Options o) {
        return Arrays.stream(Workload.TOPICS).map(t -> o.get("prefix") + t).toList();
    }

    // ---- the workload ----

    static int generate(Options o) throws Exception {
        try (Broker broker = new Broker(o.get("kafka"))) {
            System.out.println(JSON.writeValueAsString(generate(o, broker)));
        }
        return 0;
    }

    private static Map<String, Object> generate(Options o, Broker broker) throws Exception {
        List<String> topics = inputs(o);
        Workload w = workload(o);
        long[] perTopic = new long[3];
        long bytes = 0, t0 = System.currentTimeMillis();
        broker.delete(topics::contains);
        for (String t : topics) broker.create(t, (int) o.number("partitions"));
        try (KafkaProducer<byte[], byte[]> p = broker.producer(50)) {
            while (w.next()) {
                p.send(new ProducerRecord<>(topics.get(w.topic), null, w.timestamp, w.key, w.value));
                perTopic[w.topic]++;
                bytes += w.value.length;
            }
        }
        long sent = Arrays.stream(perTopic).sum(), stored = stored(o, broker);
        if (stored != sent) throw new IllegalStateException("sent " + sent + " events, the topics hold " + stored);
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("mode", "generate");
        m.put("unique", o.number("events"));
        for (int i = 0; i < 3; i++) m.put(Workload.TOPICS[i], perTopic[i]);
        m.put("events", sent);
        m.put("mean_bytes", bytes / sent);
        m.put("seconds", Measured.round((System.currentTimeMillis() - t0) / 1e3, 1));
        return m;
    }

    private static long stored(Options o, Broker broker) throws Exception {
        for (String t : inputs(o)) if (!broker.exists(t)) return 0;
        return broker.ends(inputs(o), IsolationLevel.READ_UNCOMMITTED).values().stream().mapToLong(Long::longValue).sum();
    }

    // ---- pairs of runs ----

    static int pairs(Options o) throws Exception {
        List<Side> sides = new ArrayList<>();
        for (String s : o.get("sides").split(","))
            sides.add(switch (s) {
                case "duestream" -> Side.engine(o);
                case "peer" -> Side.peer(o);
                case "reference" -> Side.reference(o);
                default -> throw new IllegalArgumentException("no such side: " + s + " (duestream, peer, reference)");
            });
        if (sides.size() != 2) throw new IllegalArgumentException("--sides A,B");
        Side a = sides.get(0), b = sides.get(1);
        boolean shared = a.output().equals(b.output());
        Path work = Files.createDirectories(Path.of(o.get("work")));
        try (Broker broker = new Broker(o.get("kafka"))) {
            long expected = 0;
            if (o.get("reuse").equals("yes")) for (Workload w = workload(o); w.next(); ) expected++;
            if (expected == 0 || stored(o, broker) != expected) System.out.println("workload: " + JSON.writeValueAsString(generate(o, broker)));
            long events = stored(o, broker);
            Meter meter = new Meter(broker, work, o.number("limit-s"));
            List<Measured> runs = new ArrayList<>();
            List<Comparer> comparisons = new ArrayList<>();
            header();
            for (int pair = 1; pair <= o.number("pairs"); pair++) {
                String copied = null;
                fresh(o, broker, sides, List.of());
                for (Side s : sides) {
                    if (s == b && shared) {
                        copied = a.output() + "-" + a.name();
                        copy(broker, a.output(), copied, (int) o.number("partitions"));
                        fresh(o, broker, sides, List.of(copied));
                    }
                    if (s.jvm()) broker.create(s.output(), (int) o.number("partitions"));
                    Measured m = meter.run(s, pair, events);
                    runs.add(m);
                    row(m);
                }
                Comparer c = compare(broker, copied == null ? a.output() : copied, b.output(), a.name(), b.name());
                if (c.left != o.number("events")) System.out.println("  " + a.name() + ": " + c.left + " decisions for " + o.number("events") + " events");
                comparisons.add(c);
                print(c);
            }
            return report(o, runs, comparisons, sides);
        }
    }

    /** Leaves nothing of former runs but the inputs and what is named. */
    private static void fresh(Options o, Broker broker, List<Side> sides, List<String> keep) throws Exception {
        List<String> inputs = inputs(o);
        broker.delete(t -> (t.startsWith(o.get("prefix")) || t.startsWith("bench-") && t.endsWith("-changelog"))
            && !inputs.contains(t) && !keep.contains(t));
    }

    private static void copy(Broker broker, String from, String to, int partitions) throws Exception {
        broker.create(to, partitions);
        try (KafkaProducer<byte[], byte[]> p = broker.producer(50)) {
            broker.scan(from, r -> p.send(new ProducerRecord<>(to, r.partition(), r.key(), r.value())));
        }
    }

    private static void header() {
        System.out.printf("%-4s %-10s %9s %9s %9s %11s %11s %8s %9s %6s%n", "pair", "side", "wall s", "events/s", "CPU s", "events/CPUs",
            "warm", "peak MB", "broker s", "load");
    }

    private static void row(Measured m) {
        System.out.printf(Locale.ROOT, "%-4d %-10s %9.1f %9.0f %9.1f %11.0f %11s %8.0f %9.1f %6.2f%n", m.pair, m.side, m.wallSeconds, m.perSecond(),
            m.cpuSeconds, m.perCpu(), m.warmPerCpu > 0 ? Math.round(m.warmPerCpu) + "" : "-", m.peakMegabytes, m.brokerCpuSeconds, m.loadBefore);
    }

    private static int report(Options o, List<Measured> runs, List<Comparer> comparisons, List<Side> sides) throws Exception {
        Side a = sides.get(0), b = sides.get(1);
        double ratio = ratio(runs, Measured::perCpu, Measured::perCpu), warm = ratio(runs, a.jvm() ? Measured::warmOrWholePerCpu : Measured::perCpu,
            Measured::warmOrWholePerCpu);
        boolean equal = comparisons.stream().allMatch(Comparer::equal);
        boolean rounding = comparisons.stream().allMatch(c -> c.differences() == c.lastPlaceOnly);
        Measured jvm = runs.stream().filter(m -> m.warmPerCpu > 0).findFirst().orElse(null);
        System.out.printf(Locale.ROOT, "%s : %s, events per CPU-second, median of %d pairs: %.2f (against the warm JVM, without its first %.0f s: %.2f)%n",
            a.name(), b.name(), runs.size() / 2, ratio, jvm == null ? 0 : jvm.warmFromSeconds, warm);
        if (o.get("json").equals("yes")) {
            Map<String, Object> m = new LinkedHashMap<>();
            m.put("decisions_equal", equal);
            m.put("differences", comparisons.stream().mapToLong(Comparer::differences).max().orElse(0));
            m.put("different_in_last_place_only", comparisons.stream().mapToLong(c -> c.lastPlaceOnly).max().orElse(0));
            m.put("ratio_events_per_cpu_second", Measured.round(ratio, 3));
            m.put("ratio_warm", Measured.round(warm, 3));
            m.put("pairs", runs.size() / 2);
            m.put("unique_events", o.number("events"));
            m.put("customers", o.number("customers"));
            m.put("peer_java", o.get("peer-java"));
            m.put("peer_opts", o.get("peer-opts"));
            Map<String, Object> medians = new LinkedHashMap<>();
            for (Side s : sides) medians.put(s.name(), medians(runs, s));
            m.put("medians", medians);
            m.put("runs", runs.stream().map(Measured::figures).toList());
            m.put("comparisons", comparisons.stream().map(Comparer::figures).toList());
            System.out.println(JSON.writeValueAsString(m));
        }
        boolean reference = a.name().equals("reference") || b.name().equals("reference");
        return equal || reference && rounding ? 0 : 1;
    }

    private static double ratio(List<Measured> runs, ToDoubleFunction<Measured> left, ToDoubleFunction<Measured> right) {
        double[] r = new double[runs.size() / 2];
        for (int i = 0; i < r.length; i++) r[i] = left.applyAsDouble(runs.get(2 * i)) / right.applyAsDouble(runs.get(2 * i + 1));
        return median(r);
    }

    private static Map<String, Object> medians(List<Measured> runs, Side s) {
        Map<String, Object> m = new LinkedHashMap<>();
        Map<String, ToDoubleFunction<Measured>> of = new LinkedHashMap<>();
        of.put("wall_s", x -> x.wallSeconds);
        of.put("events_s", Measured::perSecond);
        of.put("cpu_s", x -> x.cpuSeconds);
        of.put("events_per_cpu_s", Measured::perCpu);
        of.put("warm_events_per_cpu_s", Measured::warmOrWholePerCpu);
        of.put("peak_rss_mb", x -> x.peakMegabytes);
        of.put("broker_cpu_s", x -> x.brokerCpuSeconds);
        of.forEach((name, f) -> m.put(name, Measured.round(median(runs.stream().filter(x -> x.side.equals(s.name())).mapToDouble(f).toArray()), 2)));
        if (!s.jvm()) m.remove("warm_events_per_cpu_s");
        return m;
    }

    private static double median(double[] v) {
        Arrays.sort(v);
        return v.length % 2 == 1 ? v[v.length / 2] : (v[v.length / 2 - 1] + v[v.length / 2]) / 2;
    }

    // ---- comparing ----

    static int compare(Options o) throws Exception {
        try (Broker broker = new Broker(o.get("kafka"))) {
            Comparer c = compare(broker, o.get("left"), o.get("right"), o.get("left-name"), o.get("right-name"));
            print(c);
            if (o.get("json").equals("yes")) System.out.println(JSON.writeValueAsString(c.figures()));
            return c.equal() ? 0 : 1;
        }
    }

    private static Comparer compare(Broker broker, String left, String right, String leftName, String rightName) throws Exception {
        for (String t : List.of(left, right)) {
            long open = broker.unstable(t);
            if (open > 0) System.out.println("  " + t + ": " + open + " offsets lie in transactions that nobody has ended; they are not compared");
        }
        return new Comparer(leftName, rightName).compare(source(broker, left), source(broker, right));
    }

    private static Comparer.Source source(Broker broker, String topic) {
        return each -> broker.scan(topic, r -> each.visit(r.partition(), r.offset(), r.value()));
    }

    private static void print(Comparer c) {
        System.out.printf("  decisions: %s %d, %s %d; %s%n", c.leftName, c.left, c.rightName, c.right, c.equal() ? "all equal" : c.differences()
            + " differences: " + c.different + " different (" + c.lastPlaceOnly + " of them only in the last place of a ratio), "
            + c.leftOnly + " missing in " + c.rightName + ", " + c.rightOnly + " missing in " + c.leftName + ", "
            + c.leftDoubled + " doubled in " + c.leftName + ", " + c.rightDoubled + " doubled in " + c.rightName + ", " + c.unreadable + " unreadable");
        c.examples.forEach(e -> System.out.println("    " + e.stripTrailing()));
    }

    /** A copy of a decisions topic with one decision left out, one doubled and one changed: what compare must find. */
    static int plant(Options o) throws Exception {
        try (Broker broker = new Broker(o.get("kafka"))) {
            broker.delete(o.get("right")::equals);
            broker.create(o.get("right"), (int) o.number("partitions"));
            long[] n = {0};
            try (KafkaProducer<byte[], byte[]> p = broker.producer(50)) {
                broker.scan(o.get("left"), r -> {
                    long i = n[0]++;
                    byte[] value = r.value();
                    if (i == 10) return;
                    if (i == 30) value = changed(value);
                    p.send(new ProducerRecord<>(o.get("right"), r.partition(), r.key(), value));
                    if (i == 20) p.send(new ProducerRecord<>(o.get("right"), r.partition(), r.key(), value));
                });
            }
            if (n[0] <= 30) throw new IllegalArgumentException(o.get("left") + " holds only " + n[0] + " decisions");
        }
        return 0;
    }

    private static byte[] changed(byte[] value) {
        String s = new String(value, java.nio.charset.StandardCharsets.UTF_8);
        return s.replaceFirst("(\"features\":\\[)(-?\\d+)", "$19$2").getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    // ---- rounding: how often a ratio from a double differs from the exact one, by the workload itself, without a broker ----

    static int ties(Options o) throws Exception {
        Ties t = new Ties().over(workload(o));
        System.out.println(JSON.writeValueAsString(t.figures()));
        return t.differAwayFromTies() == 0 ? 0 : 1;
    }
}
