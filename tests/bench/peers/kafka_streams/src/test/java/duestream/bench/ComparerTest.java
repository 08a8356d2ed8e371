package duestream.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One side in the peers' form, one in duestream's; the plants are what a comparison of millions must not overlook. */
final class ComparerTest {
    private static final int N = 1_000;
    private final List<byte[]> left = new ArrayList<>(), right = new ArrayList<>();

    @BeforeEach
    void twoEqualSides() {
        for (int i = 0; i < N; i++) {
            left.add(cloudEvent(i, "LOW", 0));
            right.add(compact(i, "LOW", 0));
        }
    }

    @Test
    void findsNoDifferenceWhereBothSidesSayTheSameInTheirOwnForms() throws Exception {
        Comparer c = compare();
        assertTrue(c.equal(), c.examples.toString());
        assertEquals(N, c.left);
        assertEquals(N, c.right);
    }

    @Test
    void doesNotDependOnTheOrderOfEitherSide() throws Exception {
        Collections.shuffle(right, new Random(4711));
        assertTrue(compare().equal());
    }

    @Test
    void reportsAFeatureThatDiffers() throws Exception {
        right.set(500, compact(500, "LOW", 2));
        Comparer c = compare();
        assertEquals(1, c.different);
        assertEquals(1, c.differences());
        assertEquals(0, c.lastPlaceOnly);
        assertTrue(c.examples.get(0).contains("event-500") && c.examples.get(0).contains("avg_delay_30d: duestream 25002, peer 25004"),
            c.examples.toString());
    }

    @Test
    void tellsRoundingInTheLastPlaceFromOtherDifferencesAndStillCountsIt() throws Exception {
        right.set(500, compact(500, "LOW", 1));
        Comparer c = compare();
        assertEquals(1, c.different);
        assertEquals(1, c.lastPlaceOnly);
        assertFalse(c.equal());
    }

    @Test
    void reportsAnOutcomeThatDiffers() throws Exception {
        left.set(1, cloudEvent(1, "HIGH", 0));
        Comparer c = compare();
        assertEquals(1, c.differences());
        assertTrue(c.examples.get(0).contains("decision: duestream HIGH, peer LOW"), c.examples.toString());
    }

    @Test
    void reportsADecisionThatIsMissingOnEitherSide() throws Exception {
        left.remove(3);
        right.remove(7);
        Comparer c = compare();
        assertEquals(1, c.rightOnly);
        assertEquals(1, c.leftOnly);
        assertEquals(2, c.differences());
        assertTrue(c.examples.stream().anyMatch(e -> e.startsWith("missing in duestream: event event-3 ")), c.examples.toString());
        assertTrue(c.examples.stream().anyMatch(e -> e.startsWith("missing in peer: event event-7 ")), c.examples.toString());
    }

    @Test
    void reportsADecisionThatIsDoubledOnEitherSideEvenWhenBothCopiesAgree() throws Exception {
        left.add(left.get(4));
        right.add(right.get(9));
        right.add(right.get(9));
        Comparer c = compare();
        assertEquals(1, c.leftDoubled);
        assertEquals(2, c.rightDoubled);
        assertEquals(3, c.differences());
        assertTrue(c.examples.stream().anyMatch(e -> e.startsWith("doubled in duestream: event event-4 ")), c.examples.toString());
    }

    @Test
    void reportsADoubledDecisionThatTheOtherSideDoesNotHaveAtAll() throws Exception {
        right.add(compact(N, "LOW", 0));
        right.add(compact(N, "LOW", 0));
        Comparer c = compare();
        assertEquals(1, c.rightOnly);
        assertEquals(1, c.rightDoubled);
    }

    @Test
    void reportsWhatIsNotADecision() throws Exception {
        left.set(0, "{\"data\":{\"event_id\":\"event-0\"}}".getBytes(StandardCharsets.UTF_8));
        right.set(1, new byte[0]);
        Comparer c = compare();
        assertEquals(2, c.unreadable);
        assertEquals(4, c.differences());                             // and each is missing on its side
    }

    @Test
    void keepsCountBeyondTheExamplesThatItPrints() throws Exception {
        for (int i = 0; i < 100; i++) right.set(i, compact(i, "HIGH", 0));
        Comparer c = compare();
        assertEquals(100, c.different);
        assertEquals(Comparer.EXAMPLES, c.examples.size());
    }

    @Test
    void readsDecimalsBackExactly() throws IOException {
        assertEquals(25_000, Tuple.scaled("2.5"));
        assertEquals(-5_000, Tuple.scaled("-0.5"));
        assertEquals(-70_001, Tuple.scaled("-7.0001"));
        assertEquals(30_000, Tuple.scaled("3"));
        assertThrows(IOException.class, () -> Tuple.scaled("1.23456"));
    }

    private Comparer compare() throws Exception {
        return new Comparer("duestream", "peer").compare(source(left), source(right));
    }

    private static Comparer.Source source(List<byte[]> values) {
        return each -> {
            for (int i = 0; i < values.size(); i++) each.visit(i % 4, i / 4, values.get(i));
        };
    }

    /** Feature 2 is the ratio 2.5002 and `off` ten-thousandths, feature 9 is negative; the others are small integers. */
    private static long[] features(int i, int off) {
        long[] f = LongStream.range(0, Tuple.FEATURES).map(k -> Tuple.RATIO[(int) k] ? 0 : i + k).toArray();
        f[2] = 25_002 + off;
        f[9] = -5_000;
        return f;
    }

    private static byte[] cloudEvent(int i, String outcome, int off) {
        return ("{\"specversion\":\"1.0\",\"id\":\"00\",\"source\":\"/duestream/account\",\"type\":\"due.risk.decided.v1\",\"data\":{\"event_id\":\"event-"
            + i + "\",\"event_source\":\"/erp\",\"customer_id\":\"C" + i % 7 + "\",\"business_date\":\"2025-03-01\",\"decision\":\"" + outcome
            + "\",\"reasons\":[{\"code\":\"OUTSTANDING\",\"text\":\"decision\"}],\"features\":"
            + LongStream.of(features(i, off)).boxed().map(Object::toString).collect(Collectors.joining(",", "[", "]"))
            + ",\"input\":\"invoices/0/" + i + "\"}}").getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] compact(int i, String outcome, int off) {
        long[] f = features(i, off);
        StringBuilder s = new StringBuilder();
        for (int k = 0; k < f.length; k++)
            s.append(k == 0 ? "" : ",").append(Tuple.RATIO[k] ? java.math.BigDecimal.valueOf(f[k], 4).stripTrailingZeros().toPlainString() : "" + f[k]);
        return ("{\"event_id\":\"event-" + i + "\",\"customer_id\":\"C" + i % 7 + "\",\"type\":\"due.risk.decided.v1\",\"as_of_day\":20148,\"decision\":\""
            + outcome + "\",\"reasons\":[],\"features\":[" + s + "]}").getBytes(StandardCharsets.UTF_8);
    }
}
