package duestream.bench;

/** An open-addressing table: event id (128 bits) -> two longs, 32 bytes per slot. Three million ids take 256 MB. */
final class Ids {
    private long[] slots = new long[1 << 18];                         // id high, id low, hash, place; place 0: empty
    private int used;

    static long mix(long z) {
        z += 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    /** The slot of this id, or, where it is new, a free one (see isNew) that holds the id but no place yet. */
    int find(String id) {
        if (used * 5L > slots.length / 4 * 3L) grow();
        long high = 0x243F6A8885A308D3L, low = id.length();
        for (int i = 0; i < id.length(); i++) {
            high = mix(high + id.charAt(i));
            low = mix(low ^ high);
        }
        int at = at(slots, high, low);
        slots[at] = high;
        slots[at + 1] = low;
        return at;
    }

    boolean isNew(int at) { return slots[at + 3] == 0; }
    long hash(int at) { return slots[at + 2]; }
    long place(int at) { return slots[at + 3]; }
    int size() { return used; }

    void put(int at, long hash, long place) {
        if (place == 0) throw new IllegalArgumentException("a place is never 0");
        if (slots[at + 3] == 0) used++;
        slots[at + 2] = hash;
        slots[at + 3] = place;
    }

    interface Visitor { void visit(long hash, long place); }

    void each(Visitor v) {
        for (int i = 0; i < slots.length; i += 4) if (slots[i + 3] != 0) v.visit(slots[i + 2], slots[i + 3]);
    }

    private static int at(long[] s, long high, long low) {
        int mask = s.length / 4 - 1;
        for (int i = (int) low & mask; ; i = i + 1 & mask) {
            int at = i * 4;
            if (s[at + 3] == 0 || s[at] == high && s[at + 1] == low) return at;
        }
    }

    private void grow() {
        long[] bigger = new long[slots.length * 2];
        for (int i = 0; i < slots.length; i += 4) {
            if (slots[i + 3] == 0) continue;
            System.arraycopy(slots, i, bigger, at(bigger, slots[i], slots[i + 1]), 4);
        }
        slots = bigger;
    }

}
