package duestream.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class IdsTest {
    @Test
    void findsEveryIdAgainAfterItHasGrownManyTimes() {
        Ids ids = new Ids();
        int n = 500_000;
        for (int i = 0; i < n; i++) {
            int at = ids.find("id-" + i);
            assertTrue(ids.isNew(at));
            ids.put(at, i * 3L, i + 1L);
        }
        assertEquals(n, ids.size());
        for (int i = 0; i < n; i++) {
            int at = ids.find("id-" + i);
            assertFalse(ids.isNew(at));
            assertEquals(i * 3L, ids.hash(at));
            assertEquals(i + 1L, ids.place(at));
        }
        assertTrue(ids.isNew(ids.find("id-" + n)));
    }
}
