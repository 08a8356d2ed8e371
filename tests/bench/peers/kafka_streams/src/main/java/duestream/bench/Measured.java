package duestream.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/** The figures of one run. Seconds and events as measured from outside the process; rates follow from them. */
final class Measured {
    String side;
    int pair;
    long events;
    double wallSeconds;        // JVM: first record handed to the topology to last position committed; else launch to exit
    double startSeconds;       // JVM: launch to first record; else 0 (contained in wallSeconds)
    double cpuSeconds;         // of the whole process from its launch, start of the JVM included; JVM: up to the last commit
    double warmPerCpu = -1;    // events per CPU-second behind warmFromSeconds; JVM only
    double warmFromSeconds;
    double peakMegabytes, brokerCpuSeconds, loadBefore, loadAfter;
    Map<?, ?> summary;         // what the program itself said on its last line, where it says anything

    double perSecond() { return events / wallSeconds; }
    double perCpu() { return events / cpuSeconds; }
    double warmOrWholePerCpu() { return warmPerCpu > 0 ? warmPerCpu : perCpu(); }

    Map<String, Object> figures() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("side", side);
        m.put("pair", pair);
        m.put("events", events);
        m.put("wall_s", round(wallSeconds, 2));
        m.put("start_s", round(startSeconds, 2));
        m.put("events_s", Math.round(perSecond()));
        m.put("cpu_s", round(cpuSeconds, 2));
        m.put("events_per_cpu_s", Math.round(perCpu()));
        if (warmPerCpu > 0) {
            m.put("warm_events_per_cpu_s", Math.round(warmPerCpu));
            m.put("warm_from_s", round(warmFromSeconds, 1));
        }
        m.put("peak_rss_mb", Math.round(peakMegabytes));
        m.put("broker_cpu_s", round(brokerCpuSeconds, 1));
        m.put("load_before", loadBefore);
        m.put("load_after", loadAfter);
        if (summary != null) m.put("summary", summary);
        return m;
    }

    static double round(double v, int places) {
        double p = Math.pow(10, places);
        return Math.round(v * p) / p;
    }
}
