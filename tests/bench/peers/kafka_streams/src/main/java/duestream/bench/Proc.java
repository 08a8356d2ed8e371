package duestream.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel counts about a process. CPU seconds are in ticks of 10 ms and include every thread, ended ones too. */
final class Proc {
    private static final double TICKS = 100.0;                        // USER_HZ, the unit of /proc on every Linux of today

    private Proc() { }

    /** User and system time; 0 for a process that is gone. */
    static double cpu(long pid) {
        return cpu("/proc/" + pid + "/stat", 11);
    }

    /** The same of all children that this process has waited for: exact for a child that ended between two calls. */
    static double cpuOfEndedChildren() {
        return cpu("/proc/self/stat", 13);
    }

    private static double cpu(String stat, int from) {
        try {
            String s = Files.readString(Path.of(stat));
            String[] f = s.substring(s.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(f[from]) + Long.parseLong(f[from + 1])) / TICKS;
        } catch (IOException e) {
            return 0;
        }
    }

    /** Peak resident memory in MB; 0 for a process that is gone. */
    static double peakMegabytes(long pid) {
        try {
            for (String l : Files.readAllLines(Path.of("/proc/" + pid + "/status")))
                if (l.startsWith("VmHWM:")) return Long.parseLong(l.replaceAll("[^0-9]", "")) / 1024.0;
        } catch (IOException e) {
            return 0;
        }
        return 0;
    }

    static double loadAverage() throws IOException {
        return Double.parseDouble(Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
    }
}
