package duestream.peer;

import java.util.Arrays;

/**
 * State of one customer: up to 180 non-empty day buckets and the open items. Mutable and reused; its stored form is
 * varints: outstanding, open count, buckets (day delta, mask of the non-zero fields, these fields), then the open
 * items as they are scanned (id length, id, due day, gross, paid).
 */
final class Account {
    static final int DAYS = 180, FIELDS = 8;
    static final int INVOICES = 0, INVOICED = 1, PAYMENTS = 2, PAID = 3, DELAY = 4, LATE = 5, USAGE = 6, CASES = 7;

    long outstanding, overdue;
    int open;
    final long[][] windows = new long[3][FIELDS];                     // sums over 30, 90 and 180 days

    private int buckets;
    private final int[] days = new int[DAYS + 1];
    private final long[] values = new long[(DAYS + 1) * FIELDS];
    private byte[] stored;                                            // the leading buckets that no event changed
    private int stable, stableFrom, stableTo;                         // (all but the last, as a rule) stay as stored
    private byte[] items = new byte[256];
    private int itemsEnd;
    private byte[] buf = new byte[4096];
    private int pos;

    void decode(byte[] b) {
        outstanding = overdue = 0;
        open = buckets = itemsEnd = stable = stableFrom = stableTo = 0;
        stored = b == null ? buf : b;
        if (b == null) return;
        byte[] own = buf;
        buf = b;                                                      // the readers below read buf
        pos = 0;
        outstanding = read();
        open = (int) read();
        buckets = (int) read();
        stableFrom = stableTo = pos;
        stable = Math.max(0, buckets - 1);
        for (int i = 0, day = 0, at = 0; i < buckets; i++, at += FIELDS) {
            if (i == stable) stableTo = pos;
            days[i] = day += (int) read();
            int mask = b[pos++];
            Arrays.fill(values, at, at + FIELDS, 0);
            for (int m = mask & 0xff; m != 0; m &= m - 1) {
                int f = Integer.numberOfTrailingZeros(m);
                long v = read();
                values[at + f] = f == DELAY ? v >>> 1 ^ -(v & 1) : v;
            }
        }
        itemsEnd = b.length - pos;
        ensureItems(0);
        System.arraycopy(b, pos, items, 0, itemsEnd);
        buf = own;
    }

    byte[] encode() {
        int most = 64 + buckets * (6 + FIELDS * 10) + itemsEnd;
        if (buf.length < most) buf = new byte[most * 2];
        pos = 0;
        write(outstanding);
        write(open);
        write(buckets);
        System.arraycopy(stored, stableFrom, buf, pos, stableTo - stableFrom);
        pos += stableTo - stableFrom;
        for (int i = stable, day = i == 0 ? 0 : days[i - 1], at = i * FIELDS; i < buckets; i++, at += FIELDS) {
            write(days[i] - day);
            day = days[i];
            int maskAt = pos++, mask = 0;
            for (int f = 0; f < FIELDS; f++) {
                long v = values[at + f];
                if (v == 0) continue;
                mask |= 1 << f;
                write(f == DELAY ? v << 1 ^ v >> 63 : v);
            }
            buf[maskAt] = (byte) mask;
        }
        byte[] out = new byte[pos + itemsEnd];
        System.arraycopy(buf, 0, out, 0, pos);
        System.arraycopy(items, 0, out, pos, itemsEnd);
        return out;
    }

    /** Applies the event and leaves windows, outstanding, overdue and open as of the event's date. */
    void apply(Event e) {
        int at = bucket(e.day) * FIELDS;                              // negative: older than all windows
        switch (e.type) {
            case Event.INVOICE -> {
                addItem(e);
                outstanding += e.amount;
                add(at, INVOICES, 1);
                add(at, INVOICED, e.amount);
                scan(e, -1);
            }
            case Event.PAYMENT -> {
                add(at, PAYMENTS, 1);
                add(at, PAID, e.amount);
                scan(e, at);
            }
            default -> {
                add(at, USAGE, e.quantity);
                if (e.hasCase) add(at, CASES, 1);
                scan(e, -1);
            }
        }
        sum(e.day);
    }

    private void add(int at, int field, long n) {
        if (at >= 0) values[at + field] += n;
    }

    private int bucket(int day) {
        int last = buckets == 0 ? Integer.MIN_VALUE : days[buckets - 1];
        if (day == last) return buckets - 1;
        if (day > last) {
            int gone = 0;
            while (gone < buckets && days[gone] <= day - DAYS) gone++;
            if (gone > 0) {
                move(gone, 0);
                unstable();
            }
            return put(buckets, day);
        }
        if (day <= last - DAYS) return -1;
        unstable();                                                   // a late event
        int i = Arrays.binarySearch(days, 0, buckets, day);
        if (i >= 0) return i;
        move(-i - 1, -i);
        return put(-i - 1, day);
    }

    private void unstable() {
        stable = 0;
        stableTo = stableFrom;
    }

    private void move(int from, int to) {
        int n = buckets - from;
        System.arraycopy(days, from, days, to, n);
        System.arraycopy(values, from * FIELDS, values, to * FIELDS, n * FIELDS);
        buckets = to + n;
    }

    private int put(int i, int day) {
        days[i] = day;
        Arrays.fill(values, i * FIELDS, (i + 1) * FIELDS, 0);
        if (i == buckets) buckets++;
        return i;
    }

    private void addItem(Event e) {
        ensureItems(32 + e.invoiceId.length);
        byte[] own = buf;
        buf = items;
        pos = itemsEnd;
        buf[pos++] = (byte) e.invoiceId.length;
        System.arraycopy(e.invoiceId.bytes, 0, buf, pos, e.invoiceId.length);
        pos += e.invoiceId.length;
        write(e.dueDay);
        write(e.amount);
        write(0);
        itemsEnd = pos;
        open++;
        buf = own;
    }

    /** Sums what is overdue; with a payment (its bucket in at) pays its item on the way, and drops it once paid. */
    private void scan(Event e, int at) {
        byte[] own = buf;
        buf = items;
        pos = 0;
        boolean find = e.type == Event.PAYMENT;
        byte[] id = e.invoiceId.bytes;
        int idLength = e.invoiceId.length;
        while (pos < itemsEnd) {
            int start = pos, n = buf[pos++] & 0xff, idAt = pos;
            pos += n;
            int due = (int) read();
            long gross = read();
            int paidAt = pos;
            long left = gross - read();
            if (find && n == idLength && Arrays.equals(buf, idAt, idAt + n, id, 0, n)) {
                find = false;
                long pay = Math.min(left, e.amount), delay = e.day - due;
                outstanding -= pay;
                left -= pay;
                add(at, DELAY, delay);
                if (delay > 0) add(at, LATE, 1);
                int end = pos, now;
                if (left == 0) {
                    open--;
                    now = start;
                } else {
                    now = paidAt + size(gross - left);
                }
                ensureItems(10);
                buf = items;
                System.arraycopy(buf, end, buf, now, itemsEnd - end);
                itemsEnd += now - end;
                if (left > 0) { pos = paidAt; write(gross - left); }
                pos = now;
            }
            if (due < e.day) overdue += left;
        }
        buf = own;
    }

    private void sum(int day) {
        for (long[] w : windows) Arrays.fill(w, 0);
        for (int i = buckets - 1; i >= 0; i--) {
            int age = day - days[i];
            if (age >= DAYS) break;
            if (age < 0) continue;
            long[] w = windows[age < 30 ? 0 : age < 90 ? 1 : 2];
            for (int f = 0, at = i * FIELDS; f < FIELDS; f++) w[f] += values[at + f];
        }
        for (int f = 0; f < FIELDS; f++) {
            windows[1][f] += windows[0][f];
            windows[2][f] += windows[1][f];
        }
    }

    private void ensureItems(int more) {
        if (items.length < itemsEnd + more) items = Arrays.copyOf(items, (itemsEnd + more) * 2);
    }

    private long read() {
        byte[] b = buf;
        int p = pos;
        long v = b[p++];
        if (v < 0) {
            v &= 0x7f;
            for (int s = 7; ; s += 7) {
                byte x = b[p++];
                v |= (long) (x & 0x7f) << s;
                if (x >= 0) break;
            }
        }
        pos = p;
        return v;
    }

    private void write(long v) {
        while ((v & ~0x7fL) != 0) {
            buf[pos++] = (byte) (v | 0x80);
            v >>>= 7;
        }
        buf[pos++] = (byte) v;
    }

    private static int size(long v) {
        return v == 0 ? 1 : (70 - Long.numberOfLeadingZeros(v)) / 7;
    }
}
