package duestream.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Keys and values stay bytes all the way: the stores' serdes are pass-through, the scratch objects are per task. */
final class RiskProcessor implements Processor<byte[], byte[], byte[], byte[]> {
    static final String ACCOUNTS = "accounts", SEEN = "seen";
    private static final byte[] PRESENT = {};

    private final Event event = new Event();
    private final Account account = new Account();
    private final Decision decision = new Decision();
    private ProcessorContext<byte[], byte[]> context;
    private KeyValueStore<byte[], byte[]> accounts;
    private KeyValueStore<byte[], byte[]> seen;
    private boolean started;

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        this.context = context;
        accounts = context.getStateStore(ACCOUNTS);
        seen = context.getStateStore(SEEN);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        if (!started) {
            started = true;
            System.out.println("FIRST " + System.currentTimeMillis());
        }
        try {
            event.parse(record.value());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (seen.putIfAbsent(event.dedupKey(), PRESENT) != null) return;
        account.decode(accounts.get(record.key()));
        account.apply(event);
        accounts.put(record.key(), account.encode());
        context.forward(record.withValue(decision.decide(record.key(), event, account)));
    }
}
