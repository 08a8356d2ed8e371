package duestream.peer;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.PriorityQueue;

/** The deterministic stream of events: skewed customers, payments of open invoices, one per cent exact duplicates. */
public final class Workload {
    public static final String[] TOPICS = {"invoices", "payments", "usage"};   // index `topic`
    private static final String[] TYPES = {
        "due.invoice.issued.v1", "due.payment.received.v1", "due.usage.recorded.v1"};
    private static final long DAY_MS = 86_400_000L;

    private record Payment(long at, int customer, long invoice, long amount) { }
    private record Again(long at, int topic, byte[] key, byte[] value) { }

    public int topic;
    public byte[] key, value;
    public long timestamp;
    public boolean duplicate;

    private final int phase;
    private final long count, start;
    private final double stepMs;
    private final double[] cumulated;
    private final PriorityQueue<Payment> payments = new PriorityQueue<>((a, b) -> Long.compare(a.at, b.at));
    private final PriorityQueue<Again> agains = new PriorityQueue<>((a, b) -> Long.compare(a.at, b.at));
    private final StringBuilder json = new StringBuilder(512);
    private long seed, n, invoices;
    private long dayOfText = Long.MIN_VALUE;
    private String dayText;

    /** Phase 0 is the preload of 400 days; later phases go on behind it at the same pace, with ids of their own. */
    public Workload(int phase, int customers, long count, long preloaded) {
        this.phase = phase;
        this.count = count;
        seed = 4711 + phase;
        stepMs = 400.0 * DAY_MS / preloaded;
        start = LocalDate.of(2025, 1, 1).toEpochDay() * DAY_MS + (phase == 0 ? 0 : (400 + 60L * (phase - 1)) * DAY_MS);
        cumulated = new double[customers];
        double sum = 0;
        for (int i = 0; i < customers; i++) cumulated[i] = sum += Math.pow(i + 1, -0.8);
        for (int i = 0; i < customers; i++) cumulated[i] /= sum;
    }

    public boolean next() {
        Again again = agains.peek();
        if (again != null && (again.at <= n || n == count)) {
            agains.poll();
            topic = again.topic;
            key = again.key;
            value = again.value;
            duplicate = true;
            return true;
        }
        if (n == count) return false;
        duplicate = false;
        timestamp = start + (long) (n * stepMs);
        Payment due = payments.peek();
        if (due != null && due.at <= timestamp) {
            payments.poll();
            payment(due);
        } else if (uniform() < 1.0 / 3) {
            invoice();
        } else {
            usage();
        }
        value = json.append("}}").toString().getBytes(StandardCharsets.US_ASCII);
        n++;
        if (uniform() < 0.01)
            agains.add(new Again(n + 1 + (long) (uniform() * (uniform() < 0.5 ? 200 : count / 3)), topic, key, value));
        return true;
    }

    private void invoice() {
        int c = customer();
        long number = phase * 100_000_000L + invoices++;
        long gross = 1_000 + (long) (200_000 * Math.pow(uniform(), 3));
        long due = timestamp + 30 * DAY_MS;
        head(0, c).append("\",\"invoice_id\":\"INV-").append(pad(number, 9)).append("\",\"issue_date\":\"").append(date(timestamp))
            .append("\",\"due_date\":\"").append(LocalDate.ofEpochDay(due / DAY_MS)).append("\",\"currency\":\"EUR\",\"gross_minor\":").append(gross);
        if (uniform() < 0.03) return;                                 // never paid
        double skew = 1 + c * 7919L % 5;                              // 1: pays late, 5: pays in time
        long at = due + (long) ((-5 + 65 * Math.pow(uniform(), skew)) * DAY_MS);
        long first = uniform() < 0.15 ? gross / 2 : gross;
        payments.add(new Payment(at, c, number, first));
        if (first < gross) payments.add(new Payment(at + 5 * DAY_MS, c, number, gross - first));
    }

    private void payment(Payment p) {
        head(1, p.customer).append("\",\"payment_id\":\"PAY-").append(pad(phase * 100_000_000L + n, 9))
            .append("\",\"invoice_id\":\"INV-").append(pad(p.invoice, 9)).append("\",\"value_date\":\"").append(date(timestamp))
            .append("\",\"currency\":\"EUR\",\"amount_minor\":").append(p.amount);
    }

    private void usage() {
        head(2, customer()).append("\",\"usage_id\":\"USE-").append(pad(phase * 100_000_000L + n, 9))
            .append("\",\"meter\":\"images\",\"case_id\":\"CASE-").append(pad(n / 3, 9)).append("\",\"quantity\":")
            .append(1 + (int) (uniform() * 9)).append(",\"occurred_at\":\"").append(time(timestamp)).append('"');
    }

    private StringBuilder head(int topic, int customer) {
        this.topic = topic;
        String c = "C" + pad(customer, 8);
        key = c.getBytes(StandardCharsets.US_ASCII);
        json.setLength(0);
        json.append("{\"specversion\":\"1.0\",\"id\":\"");
        uuid();
        return json.append("\",\"source\":\"/erp/sap/4711\",\"type\":\"").append(TYPES[topic]).append("\",\"subject\":\"").append(c)
            .append("\",\"time\":\"").append(time(timestamp))
            .append("\",\"datacontenttype\":\"application/json\",\"data\":{\"customer_id\":\"").append(c);
    }

    private void uuid() {
        long a = mix(n * 2 + ((long) phase << 40)), b = mix(n * 2 + 1 + ((long) phase << 40));
        String h = pad16(a), l = pad16(b);
        json.append(h, 0, 8).append('-').append(h, 8, 12).append('-').append(h, 12, 16).append('-')
            .append(l, 0, 4).append('-').append(l, 4, 16);
    }

    private String date(long ms) {
        long day = ms / DAY_MS;
        if (day != dayOfText) {
            dayOfText = day;
            dayText = LocalDate.ofEpochDay(day).toString();
        }
        return dayText;
    }

    private String time(long ms) {
        long t = ms % DAY_MS;
        return date(ms) + "T" + pad(t / 3_600_000, 2) + ":" + pad(t / 60_000 % 60, 2) + ":" + pad(t / 1_000 % 60, 2)
            + "." + pad(t % 1_000, 3) + "Z";
    }

    private static String pad(long v, int width) {
        String s = Long.toString(v);
        return s.length() >= width ? s : "0".repeat(width - s.length()) + s;
    }

    private static String pad16(long v) {
        String s = Long.toHexString(v);
        return s.length() == 16 ? s : "0".repeat(16 - s.length()) + s;
    }

    private int customer() {
        int i = Arrays.binarySearch(cumulated, uniform());
        return Math.min(i < 0 ? -i - 1 : i, cumulated.length - 1);
    }

    private double uniform() {
        return (mix(seed += 0x9E3779B97F4A7C15L) >>> 11) * 0x1p-53;
    }

    private static long mix(long z) {
        z += 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
