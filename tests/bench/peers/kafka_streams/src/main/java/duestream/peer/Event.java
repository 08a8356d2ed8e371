package duestream.peer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** One parsed input event. Mutable and reused: parsing allocates nothing but the Jackson parser itself. */
final class Event {
    static final int INVOICE = 0, PAYMENT = 1, USAGE = 2;
    private static final String[] TYPES = {
        "due.invoice.issued.v1", "due.payment.received.v1", "due.usage.recorded.v1"};
    private static final JsonFactory JSON = new JsonFactory();

    int type;
    final Text id = new Text();
    final Text invoiceId = new Text();
    int day;          // business date (issue date, value date or date of use), as epoch day
    int dueDay;
    long amount;      // gross of an invoice, amount of a payment
    long quantity;
    boolean hasCase;

    static final class Text {
        byte[] bytes = new byte[64];
        int length;

        void set(JsonParser p) throws IOException {
            char[] c = p.getTextCharacters();
            int off = p.getTextOffset(), n = p.getTextLength();
            if (n > bytes.length) bytes = new byte[n];
            for (int i = 0; i < n; i++) {
                if (c[off + i] > 127) {                              // not ASCII: the general way
                    bytes = p.getText().getBytes(StandardCharsets.UTF_8);
                    length = bytes.length;
                    return;
                }
                bytes[i] = (byte) c[off + i];
            }
            length = n;
        }
    }

    void parse(byte[] json) throws IOException {
        type = -1;
        id.length = invoiceId.length = 0;
        day = dueDay = 0;
        amount = quantity = 0;
        hasCase = false;
        try (JsonParser p = JSON.createParser(json)) {
            p.nextToken();
            for (String name; (name = p.nextFieldName()) != null; ) {
                p.nextToken();
                switch (name) {
                    case "id" -> id.set(p);
                    case "type" -> type = type(p);
                    case "data" -> data(p);
                    default -> p.skipChildren();
                }
            }
        }
        if (type < 0 || id.length == 0) throw new IOException("no such event");
    }

    private void data(JsonParser p) throws IOException {
        for (String name; (name = p.nextFieldName()) != null; ) {
            JsonToken t = p.nextToken();
            switch (name) {
                case "invoice_id" -> invoiceId.set(p);
                case "issue_date", "value_date", "occurred_at" -> day = epochDay(p);
                case "due_date" -> dueDay = epochDay(p);
                case "gross_minor", "amount_minor" -> amount = p.getLongValue();
                case "quantity" -> quantity = p.getLongValue();
                case "case_id" -> hasCase = t == JsonToken.VALUE_STRING;
                default -> p.skipChildren();
            }
        }
    }

    private static int type(JsonParser p) throws IOException {
        char[] c = p.getTextCharacters();
        int off = p.getTextOffset(), n = p.getTextLength();
        next:
        for (int t = 0; t < TYPES.length; t++) {
            String s = TYPES[t];
            if (s.length() != n) continue;
            for (int i = 0; i < n; i++) if (c[off + i] != s.charAt(i)) continue next;
            return t;
        }
        return -1;
    }

    private static int epochDay(JsonParser p) throws IOException {
        char[] c = p.getTextCharacters();
        int o = p.getTextOffset();
        if (p.getTextLength() < 10) throw new IOException("not a date");
        int y = (c[o] - '0') * 1000 + (c[o + 1] - '0') * 100 + (c[o + 2] - '0') * 10 + c[o + 3] - '0';
        int m = (c[o + 5] - '0') * 10 + c[o + 6] - '0';
        int d = (c[o + 8] - '0') * 10 + c[o + 9] - '0';
        if (m <= 2) { y--; m += 12; }                                 // days from civil, y > 0
        return 365 * y + y / 4 - y / 100 + y / 400 + (153 * (m - 3) + 2) / 5 + d - 1 - 719468;
    }

    /** The 128 bits of a canonical UUID, or else the id itself: exact, and 16 bytes for nearly all. */
    byte[] dedupKey() {
        if (id.length == 36) {
            byte[] k = new byte[16];
            int n = 0;
            for (int i = 0; i < 36; ) {
                if (i == 8 || i == 13 || i == 18 || i == 23) {
                    if (id.bytes[i++] != '-') break;
                    continue;
                }
                int hi = hex(id.bytes[i]), lo = hex(id.bytes[i + 1]);
                if ((hi | lo) < 0) break;
                k[n++] = (byte) (hi << 4 | lo);
                i += 2;
            }
            if (n == 16) return k;
        }
        byte[] k = new byte[id.length + 1];                           // '#' keeps it off the 16-byte keys
        k[0] = '#';
        System.arraycopy(id.bytes, 0, k, 1, id.length);
        return k.length == 16 ? java.util.Arrays.copyOf(k, 17) : k;
    }

    private static int hex(byte b) {                                  // lower case only: others keep their text
        if (b >= '0' && b <= '9') return b - '0';
        return b >= 'a' && b <= 'f' ? b - 'a' + 10 : -1;
    }
}
