package duestream.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RoundingTest {
    @Test
    void roundsAnExactHalfTowardsPlusInfinity() {
        assertEquals(313, Decision.scaled(1, 32));                    // 312.5
        assertEquals(-312, Decision.scaled(-1, 32));                  // -312.5
        assertEquals(3_333, Decision.scaled(1, 3));
        assertEquals(-3_333, Decision.scaled(-1, 3));
        assertEquals(6_667, Decision.scaled(2, 3));
        assertEquals(0, Decision.scaled(5, 0));
    }

    @Test
    void isExactWhereADoubleFallsBelowTheTie() {
        assertEquals(3_138, Decision.scaled(251, 800));               // 3137.5
        assertEquals(3_137, Math.round(251.0 / 800 * 10_000));
    }

    @Test
    void agreesWithDecimalArithmetic() {
        Random r = new Random(4711);
        for (int i = 0; i < 200_000; i++) {
            long a = r.nextLong() >> 20 + r.nextInt(44), b = 1 + (r.nextLong() >>> 20 + r.nextInt(44));
            if (Math.abs(a) > 400_000_000_000_000L) continue;         // beyond: refused, not wrong
            // Half up towards +infinity is the floor of the doubled quotient plus one half.
            long want = new BigDecimal(20_000).multiply(BigDecimal.valueOf(a)).add(BigDecimal.valueOf(b))
                .divide(BigDecimal.valueOf(b).multiply(BigDecimal.valueOf(2)), 0, RoundingMode.FLOOR).longValueExact();
            assertEquals(want, Decision.scaled(a, b), a + " / " + b);
        }
    }

    @Test
    void refusesWhatLeavesSixtyFourBits() {
        assertThrows(ArithmeticException.class, () -> Decision.scaled(Long.MAX_VALUE / 2, 3));
    }

    @Test
    void differsFromDoublesOnTiesAlone() throws Exception {
        Ties t = new Ties().over(new Workload(0, 100_000, 300_000, 300_000));
        assertEquals(300_000, t.decisions);
        assertEquals(79_741, t.high);
        assertEquals(4, t.differOnTies);
        assertEquals(0, t.differAwayFromTies);
    }
}
