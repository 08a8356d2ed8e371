package duestream.peer;

import java.util.Arrays;

/** The baseline rule over the 24 features, written straight to JSON bytes. */
final class Decision {
    private byte[] out = new byte[2048];
    private int pos;

    byte[] decide(byte[] customer, Event e, Account a) {
        long[] w180 = a.windows[2];
        boolean slow = w180[Account.PAYMENTS] > 0 && w180[Account.DELAY] > 15 * w180[Account.PAYMENTS];
        boolean large = a.outstanding > 1_000_000;
        pos = 0;
        text("{\"event_id\":\"").bytes(e.id.bytes, e.id.length);
        text("\",\"customer_id\":\"").bytes(customer, customer.length);
        text("\",\"type\":\"due.risk.decided.v1\",\"source\":\"/risk/account\",\"model\":\"baseline-1\",\"as_of_day\":")
            .number(e.day).text(",\"decision\":\"").text(slow || large ? "HIGH" : "LOW").text("\",\"reasons\":[");
        if (slow) text("\"AVG_DELAY_180D\"");
        if (slow && large) text(",");
        if (large) text("\"OUTSTANDING\"");
        text("],\"features\":[");
        for (long[] w : a.windows) {
            number(w[Account.INVOICES]).comma();
            number(w[Account.INVOICED]).comma();
            ratio(w[Account.DELAY], w[Account.PAYMENTS]).comma();
            ratio(w[Account.LATE], w[Account.PAYMENTS]).comma();
            ratio(w[Account.PAID], w[Account.INVOICED]).comma();
            number(w[Account.USAGE]).comma();
            ratio(w[Account.USAGE], w[Account.CASES]).comma();
        }
        number(a.outstanding).comma();
        number(a.overdue).comma();
        number(a.open).text("]}");
        return Arrays.copyOf(out, pos);
    }

    private Decision text(String s) {
        s.getBytes(0, s.length(), out, pos);                          // ASCII literals: a plain copy
        pos += s.length();
        return this;
    }

    private Decision bytes(byte[] b, int n) {
        if (out.length < pos + n + 1024) out = Arrays.copyOf(out, 2 * (pos + n + 1024));
        System.arraycopy(b, 0, out, pos, n);
        pos += n;
        return this;
    }

    private void comma() {
        out[pos++] = ',';
    }

    private Decision number(long v) {
        if (v < 0) { out[pos++] = '-'; v = -v; }
        int n = 1;
        for (long x = v; x >= 10; x /= 10) n++;
        for (int i = pos + n - 1; i >= pos; i--, v /= 10) out[i] = (byte) ('0' + v % 10);
        pos += n;
        return this;
    }

    /** a / b in ten-thousandths, rounded half up (towards +infinity) exactly, in integers; 0 where b is 0. */
    static long scaled(long a, long b) {
        return b == 0 ? 0 : Math.floorDiv(Math.addExact(Math.multiplyExact(20_000L, a), b), 2 * b);
    }

    /** The same to four decimals, without trailing zeros. */
    private Decision ratio(long a, long b) {
        long v = scaled(a, b);
        if (v < 0) { out[pos++] = '-'; v = -v; }
        number(v / 10_000);
        int frac = (int) (v % 10_000);
        if (frac > 0) {
            out[pos++] = '.';
            for (int d = 1_000; frac > 0; frac %= d, d /= 10) out[pos++] = (byte) ('0' + frac / d);
        }
        return this;
    }
}
