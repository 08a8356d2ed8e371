package duestream.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs one side once, from nothing to the end of the inputs, and measures it from outside. CPU and memory are sampled every
 * 100 ms. A side that ends by itself is measured to its exit; a JVM side never ends, so it is done when its group has committed
 * every input, and its shutdown is not counted.
 */
final class Meter {
    private record Sample(long ms, long done, double cpu) { }

    private final Broker broker;
    private final Path work;
    private final long limitSeconds;

    Meter(Broker broker, Path work, long limitSeconds) {
        this.broker = broker;
        this.work = work;
        this.limitSeconds = limitSeconds;
    }

    Measured run(Side side, int pair, long events) throws Exception {
        String run = "bench-" + side.name() + "-" + System.currentTimeMillis();
        Path state = Files.createDirectories(work.resolve(run));
        Path out = work.resolve(run + ".out"), err = work.resolve(run + ".err");
        Thread.sleep(2_000);                                          // let the broker finish what the last run left to it
        Measured m = new Measured();
        m.side = side.name();
        m.pair = pair;
        m.events = events;
        m.loadBefore = Proc.loadAverage();
        long brokerPid = broker.pid();
        double broker0 = Proc.cpu(brokerPid), children0 = Proc.cpuOfEndedChildren();
        long launch = System.currentTimeMillis();
        Process p = new ProcessBuilder(side.command().of(run, state)).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        Thread killer = new Thread(p::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(killer);
        try {
            if (side.leavesWhenDone()) untilExit(p, m, launch, err); else untilCommitted(p, m, run, launch, out, err);
            m.brokerCpuSeconds = Proc.cpu(brokerPid) - broker0;
            m.loadAfter = Proc.loadAverage();
            if (side.leavesWhenDone()) {
                m.cpuSeconds = Proc.cpuOfEndedChildren() - children0;
                m.summary = lastLine(out);
            }
        } finally {
            p.destroy();
            if (!p.waitFor(60, TimeUnit.SECONDS)) p.destroyForcibly().waitFor();
            Runtime.getRuntime().removeShutdownHook(killer);
        }
        broker.delete(t -> t.startsWith(run) && t.endsWith("-changelog"));
        return m;
    }

    private void untilExit(Process p, Measured m, long launch, Path err) throws Exception {
        while (!p.waitFor(100, TimeUnit.MILLISECONDS)) {
            m.peakMegabytes = Math.max(m.peakMegabytes, Proc.peakMegabytes(p.pid()));
            within(launch, err);
        }
        m.wallSeconds = (System.currentTimeMillis() - launch) / 1e3;
        if (p.exitValue() != 0) throw new IOException(m.side + " ended with " + p.exitValue() + "\n" + tail(err));
    }

    private void untilCommitted(Process p, Measured m, String group, long launch, Path out, Path err) throws Exception {
        List<Sample> samples = new ArrayList<>();
        do {
            Thread.sleep(100);
            if (!p.isAlive()) throw new IOException(m.side + " ended by itself\n" + tail(err));
            within(launch, err);
            samples.add(new Sample(System.currentTimeMillis(), broker.committed(group), Proc.cpu(p.pid())));
        } while (samples.get(samples.size() - 1).done < m.events);
        Sample last = samples.get(samples.size() - 1);
        m.peakMegabytes = Proc.peakMegabytes(p.pid());
        long first = Files.readAllLines(out).stream().filter(l -> l.startsWith("FIRST ")).mapToLong(l -> Long.parseLong(l.substring(6))).min().orElseThrow();
        m.startSeconds = (first - launch) / 1e3;
        m.wallSeconds = (last.ms - first) / 1e3;
        m.cpuSeconds = last.cpu;
        m.warmFromSeconds = m.wallSeconds >= 60 ? 20 : m.wallSeconds / 3;
        Sample warm = samples.stream().filter(s -> s.ms >= first + m.warmFromSeconds * 1e3).findFirst().orElse(last);
        if (last.done > warm.done) m.warmPerCpu = (last.done - warm.done) / (last.cpu - warm.cpu);
    }

    private void within(long launch, Path err) throws IOException {
        if (System.currentTimeMillis() - launch > limitSeconds * 1000)
            throw new IOException("not done after " + limitSeconds + " s\n" + tail(err));
    }

    private static Map<?, ?> lastLine(Path out) throws IOException {
        List<String> lines = Files.readAllLines(out);
        if (lines.isEmpty()) return null;
        return new ObjectMapper().readValue(lines.get(lines.size() - 1), Map.class);
    }

    private static String tail(Path err) throws IOException {
        List<String> lines = Files.readAllLines(err);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    }
}
