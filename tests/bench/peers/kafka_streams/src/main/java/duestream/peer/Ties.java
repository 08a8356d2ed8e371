package duestream.peer;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The workload's decisions computed in memory, without Kafka, and each ratio rounded twice: exactly, and from a double as the
 * reference does. Counts the decisions that would differ, and whether a tie (an exact half) is the reason each time.
 */
public final class Ties {
    long decisions, high, differ, differOnTies, differAwayFromTies;

    public Ties over(Workload w) throws Exception {
        Map<ByteBuffer, byte[]> accounts = new HashMap<>();
        Set<ByteBuffer> seen = new HashSet<>();
        Event event = new Event();
        Account account = new Account();
        while (w.next()) {
            event.parse(w.value);
            if (!seen.add(ByteBuffer.wrap(event.dedupKey()))) continue;
            ByteBuffer key = ByteBuffer.wrap(w.key);
            account.decode(accounts.get(key));
            account.apply(event);
            accounts.put(key, account.encode());
            count(account);
        }
        return this;
    }

    private void count(Account a) {
        decisions++;
        long[] w180 = a.windows[2];
        if (w180[Account.PAYMENTS] > 0 && w180[Account.DELAY] > 15 * w180[Account.PAYMENTS] || a.outstanding > 1_000_000) high++;
        boolean onTie = false, away = false;
        for (long[] w : a.windows) {
            long[][] ratios = {{w[Account.DELAY], w[Account.PAYMENTS]}, {w[Account.LATE], w[Account.PAYMENTS]},
                {w[Account.PAID], w[Account.INVOICED]}, {w[Account.USAGE], w[Account.CASES]}};
            for (long[] r : ratios) {
                if (r[1] == 0 || Decision.scaled(r[0], r[1]) == Math.round((double) r[0] / r[1] * 10_000)) continue;
                if (Math.floorMod(20_000 * r[0] + r[1], 2 * r[1]) == 0) onTie = true; else away = true;
            }
        }
        if (onTie || away) differ++;
        if (onTie) differOnTies++;
        if (away) differAwayFromTies++;
    }

    public long differAwayFromTies() {
        return differAwayFromTies;
    }

    public Map<String, Object> figures() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("mode", "ties");
        m.put("decisions", decisions);
        m.put("high", high);
        m.put("differ_from_double_rounding", differ);
        m.put("on_exact_ties", differOnTies);
        m.put("away_from_ties", differAwayFromTies);
        return m;
    }
}
