package duestream.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.LocalDate;
import java.util.Arrays;

/**
 * What a decision says, whichever side wrote it: event id, customer, business date, outcome, 24 features as integers
 * (ratios in ten-thousandths). Reads duestream's CloudEvent (fields in data, ratios already scaled) and the peers' compact
 * form (top-level fields, ratios as decimals). Mutable and reused.
 */
final class Tuple {
    static final int FEATURES = 24;
    static final String[] NAMES = new String[FEATURES];
    static final boolean[] RATIO = new boolean[FEATURES];
    private static final JsonFactory JSON = new JsonFactory();

    static {
        String[] fields = {"invoices", "invoiced", "avg_delay", "late_share", "paid_ratio", "usage", "usage_per_case"};
        int[] windows = {30, 90, 180};
        for (int i = 0; i < 21; i++) {
            NAMES[i] = fields[i % 7] + "_" + windows[i / 7] + "d";
            RATIO[i] = i % 7 == 2 || i % 7 == 3 || i % 7 == 4 || i % 7 == 6;
        }
        NAMES[21] = "outstanding";
        NAMES[22] = "overdue";
        NAMES[23] = "open_items";
    }

    String eventId, customer, outcome;
    long day;
    final long[] features = new long[FEATURES];
    private int n;

    void decode(byte[] json) throws IOException {
        eventId = customer = outcome = null;
        day = Long.MIN_VALUE;
        n = 0;
        try (JsonParser p = JSON.createParser(json)) {
            if (p.nextToken() != JsonToken.START_OBJECT) throw new IOException("not a JSON object");
            object(p, true);
        }
        if (eventId == null || customer == null || outcome == null || day == Long.MIN_VALUE || n != FEATURES)
            throw new IOException("not a decision: event_id " + eventId + ", customer_id " + customer + ", decision " + outcome
                + ", " + n + " features");
        if (!outcome.equals("HIGH") && !outcome.equals("LOW")) throw new IOException("no such outcome: " + outcome);
    }

    private void object(JsonParser p, boolean top) throws IOException {
        for (String name; (name = p.nextFieldName()) != null; ) {
            JsonToken t = p.nextToken();
            switch (name) {
                case "data" -> {
                    if (!top || t != JsonToken.START_OBJECT) throw new IOException("data is not an object");
                    object(p, false);
                }
                case "event_id" -> eventId = p.getText();
                case "customer_id" -> customer = p.getText();
                case "decision" -> outcome = p.getText();
                case "as_of_day" -> day = p.getLongValue();
                case "business_date" -> day = LocalDate.parse(p.getText()).toEpochDay();
                case "features" -> features(p, top);
                default -> p.skipChildren();
            }
        }
    }

    private void features(JsonParser p, boolean decimal) throws IOException {
        if (p.currentToken() != JsonToken.START_ARRAY) throw new IOException("features is not an array");
        while (p.nextToken() != JsonToken.END_ARRAY) {
            if (n == FEATURES) throw new IOException("more than 24 features");
            features[n] = decimal && RATIO[n] ? scaled(p.getText()) : p.getLongValue();
            n++;
        }
    }

    /** A decimal of at most four places, in ten-thousandths. */
    static long scaled(String s) throws IOException {
        int dot = s.indexOf('.');
        if (dot < 0) return Math.multiplyExact(Long.parseLong(s), 10_000L);
        int places = s.length() - dot - 1;
        if (places < 1 || places > 4) throw new IOException("not a ratio of four decimals: " + s);
        long v = Math.multiplyExact(Long.parseLong(s, s.charAt(0) == '-' ? 1 : 0, dot, 10), 10_000L), frac = Long.parseLong(s, dot + 1, s.length(), 10);
        for (int i = places; i < 4; i++) frac *= 10;
        return s.charAt(0) == '-' ? -(v + frac) : v + frac;
    }

    /** 64 bits over everything but the event id. */
    long hash() {
        long h = Ids.mix(customer.hashCode() * 31L + outcome.hashCode());
        h = Ids.mix(h + day);
        for (long f : features) h = Ids.mix(h + f);
        return h;
    }

    Tuple copy() {
        Tuple t = new Tuple();
        t.eventId = eventId;
        t.customer = customer;
        t.outcome = outcome;
        t.day = day;
        System.arraycopy(features, 0, t.features, 0, FEATURES);
        return t;
    }

    /** Whether only ratios differ, each by one in the last place. */
    boolean lastPlaceOnly(Tuple o) {
        if (!customer.equals(o.customer) || !outcome.equals(o.outcome) || day != o.day) return false;
        for (int i = 0; i < FEATURES; i++) {
            long d = Math.abs(features[i] - o.features[i]);
            if (d > 1 || d == 1 && !RATIO[i]) return false;
        }
        return true;
    }

    /** The fields in which two sides differ, one per line. */
    String against(Tuple o, String mine, String theirs) {
        StringBuilder s = new StringBuilder();
        line(s, "customer_id", customer, o.customer, mine, theirs);
        line(s, "business_date", LocalDate.ofEpochDay(day), LocalDate.ofEpochDay(o.day), mine, theirs);
        line(s, "decision", outcome, o.outcome, mine, theirs);
        for (int i = 0; i < FEATURES; i++) line(s, NAMES[i], features[i], o.features[i], mine, theirs);
        return s.toString();
    }

    private static void line(StringBuilder s, String name, Object a, Object b, String mine, String theirs) {
        if (!a.equals(b)) s.append("      ").append(name).append(": ").append(mine).append(' ').append(a)
            .append(", ").append(theirs).append(' ').append(b).append('\n');
    }

    @Override
    public String toString() {
        return "event " + eventId + " customer " + customer + " date " + LocalDate.ofEpochDay(day) + " " + outcome + " " + Arrays.toString(features);
    }
}
