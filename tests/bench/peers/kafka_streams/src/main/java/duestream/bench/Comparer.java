package duestream.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Two sets of decisions, compared by event id: all of them, each field of Tuple. Keeps 32 bytes per event id and the places of
 * what differs; the values themselves are read a second time, and only where there is something to show.
 */
final class Comparer {
    /** A side that can be read from its start, as often as asked, always in the same order. */
    interface Source {
        void read(Visitor each) throws Exception;
    }

    interface Visitor {
        void visit(int partition, long offset, byte[] value) throws Exception;
    }

    static final int EXAMPLES = 5, KEPT = 200_000;
    private static final long LEFT = 1L << 62, RIGHT = 1L << 61, PLACE = (1L << 56) - 1;

    final String leftName, rightName;
    long left, right, leftDoubled, rightDoubled, leftOnly, rightOnly, different, lastPlaceOnly, unreadable;
    final List<String> examples = new ArrayList<>();

    private final Ids ids = new Ids();
    private final Tuple tuple = new Tuple();
    private final List<long[]> pairs = new ArrayList<>();             // {left place, right place} of what differs
    private final Map<String, List<Long>> shown = new LinkedHashMap<>();

    Comparer(String leftName, String rightName) {
        this.leftName = leftName;
        this.rightName = rightName;
    }

    Comparer compare(Source l, Source r) throws Exception {
        l.read(this::left);
        r.read(this::right);
        ids.each((hash, place) -> {
            if ((place & RIGHT) != 0) return;
            leftOnly++;
            show("missing in " + rightName, place & PLACE, true);
        });
        explain(l, r);
        return this;
    }

    boolean equal() {
        return differences() == 0;
    }

    long differences() {
        return different + leftOnly + rightOnly + leftDoubled + rightDoubled + unreadable;
    }

    private boolean readable(int partition, long offset, byte[] value, String side) {
        try {
            if (value == null) throw new IOException("no value");
            tuple.decode(value);
            return true;
        } catch (IOException | RuntimeException e) {
            if (unreadable++ < EXAMPLES) examples.add("unreadable in " + side + " at " + partition + "/" + offset + ": " + e.getMessage());
            return false;
        }
    }

    private void left(int partition, long offset, byte[] value) {
        left++;
        if (!readable(partition, offset, value, leftName)) return;
        int at = ids.find(tuple.eventId);
        long place = place(partition, offset);
        if (ids.isNew(at)) {
            ids.put(at, tuple.hash(), LEFT | place);
        } else {
            leftDoubled++;
            show("doubled in " + leftName, place, true);
        }
    }

    private void right(int partition, long offset, byte[] value) {
        right++;
        if (!readable(partition, offset, value, rightName)) return;
        int at = ids.find(tuple.eventId);
        long place = place(partition, offset);
        if (ids.isNew(at)) {
            rightOnly++;
            ids.put(at, tuple.hash(), RIGHT | place);
            show("missing in " + leftName, place, false);
            return;
        }
        long found = ids.place(at);
        if ((found & RIGHT) != 0) {
            rightDoubled++;
            show("doubled in " + rightName, place, false);
            return;
        }
        ids.put(at, ids.hash(at), found | RIGHT);
        if (ids.hash(at) == tuple.hash()) return;
        different++;
        if (pairs.size() < KEPT) pairs.add(new long[] {found & PLACE, place});
    }

    private void show(String what, long place, boolean onLeft) {
        List<Long> places = shown.computeIfAbsent(what + (onLeft ? "<" : ">"), k -> new ArrayList<>());
        if (places.size() < EXAMPLES) places.add(place);
    }

    /** Reads again what differs, decodes both sides, and tells rounding in the last place from the rest. */
    private void explain(Source l, Source r) throws Exception {
        if (pairs.isEmpty() && shown.isEmpty()) return;
        Map<Long, Tuple> lefts = new HashMap<>(), rights = new HashMap<>();
        for (long[] p : pairs) {
            lefts.put(p[0], null);
            rights.put(p[1], null);
        }
        shown.forEach((what, places) -> places.forEach(p -> (what.endsWith("<") ? lefts : rights).put(p, null)));
        fill(l, lefts);
        fill(r, rights);
        shown.forEach((what, places) -> places.forEach(p -> examples.add(what.substring(0, what.length() - 1) + ": "
            + (what.endsWith("<") ? lefts : rights).get(p) + " at " + text(p))));
        List<String> rounded = new ArrayList<>();
        int others = 0;
        for (long[] p : pairs) {
            Tuple a = lefts.get(p[0]), b = rights.get(p[1]);
            boolean last = a.lastPlaceOnly(b);
            if (last) lastPlaceOnly++;
            if (last ? rounded.size() >= EXAMPLES : ++others > EXAMPLES) continue;
            (last ? rounded : examples).add((last ? "last place" : "different") + ": event " + a.eventId + " of " + a.customer + ", "
                + leftName + " at " + text(p[0]) + ", " + rightName + " at " + text(p[1]) + "\n" + a.against(b, leftName, rightName)
                + (last ? "" : "      " + leftName + " " + a + "\n      " + rightName + " " + b + "\n"));
        }
        examples.addAll(rounded);
    }

    private void fill(Source s, Map<Long, Tuple> wanted) throws Exception {
        if (wanted.isEmpty()) return;
        s.read((partition, offset, value) -> {
            long place = place(partition, offset);
            if (!wanted.containsKey(place)) return;
            tuple.decode(value);
            wanted.put(place, tuple.copy());
        });
    }

    private static long place(int partition, long offset) {
        return (long) partition << 44 | offset + 1;                   // 12 bits of partition, 44 of offset, never 0
    }

    private static String text(long place) {
        return (place >> 44) + "/" + ((place & (1L << 44) - 1) - 1);
    }

    Map<String, Object> figures() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("decisions_equal", equal());
        m.put("differences", differences());
        m.put(leftName + "_decisions", left);
        m.put(rightName + "_decisions", right);
        m.put("different", different);
        m.put("different_in_last_place_only", lastPlaceOnly);
        m.put("missing_in_" + rightName, leftOnly);
        m.put("missing_in_" + leftName, rightOnly);
        m.put("doubled_in_" + leftName, leftDoubled);
        m.put("doubled_in_" + rightName, rightDoubled);
        m.put("unreadable", unreadable);
        return m;
    }
}
