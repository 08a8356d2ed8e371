package duestream.peer;

import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.apache.kafka.streams.state.Stores;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;

/**
 * account-risk on Kafka Streams. Arguments: bootstrap, prefix of the inputs, output topic, application id, state directory,
 * threads, commit interval in ms. Prints "FIRST <epoch ms>" when a thread gets its first record.
 */
public final class App {
    static Topology topology(String prefix, String output) {
        Serde<byte[]> bytes = Serdes.ByteArray();
        // Segments by size, not by event time: else a replay of old events rolls the log every 7 days of event time.
        Map<String, String> log = Map.of("segment.bytes", "134217728", "segment.ms", "" + Long.MAX_VALUE);
        return new Topology()
            .addSource("events", new ByteArrayDeserializer(), new ByteArrayDeserializer(),
                prefix + "invoices", prefix + "payments", prefix + "usage")
            .addProcessor("risk", RiskProcessor::new, "events")
            .addStateStore(Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(RiskProcessor.ACCOUNTS), bytes, bytes)
                .withLoggingEnabled(log).withCachingEnabled(), "risk")
            .addStateStore(Stores.keyValueStoreBuilder(           // every key is written once: a cache has no use
                Stores.persistentKeyValueStore(RiskProcessor.SEEN), bytes, bytes)
                .withLoggingEnabled(log).withCachingDisabled(), "risk")
            .addSink("decisions", output, new ByteArraySerializer(), new ByteArraySerializer(), "risk");
    }

    static Properties config(String bootstrap, String id, String dir, String threads, String commitMs) {
        Properties p = new Properties();
        p.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        p.put(StreamsConfig.APPLICATION_ID_CONFIG, id);
        p.put(StreamsConfig.STATE_DIR_CONFIG, dir);
        p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, threads);
        p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, commitMs);
        p.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 256L << 20);
        p.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 4_000);
        p.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, Rocks.class);
        p.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 4_000);
        p.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), 4 << 20);
        p.put(StreamsConfig.consumerPrefix(ConsumerConfig.RECEIVE_BUFFER_CONFIG), 1 << 20);
        p.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        p.put(StreamsConfig.restoreConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 20_000);
        // Static membership: a restarted instance takes its place again without a wait for the session to end.
        p.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), "one");
        p.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
        p.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 256 << 10);
        p.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 20);
        p.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 128L << 20);
        return p;
    }

    /** One bounded block cache for all stores; memtables large enough that few are flushed. */
    public static final class Rocks implements RocksDBConfigSetter {
        private static final Cache CACHE = new LRUCache(256L << 20);

        @Override
        public void setConfig(String store, Options options, Map<String, Object> configs) {
            BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
            table.setBlockCache(CACHE).setCacheIndexAndFilterBlocks(true).setPinL0FilterAndIndexBlocksInCache(true);
            options.setTableFormatConfig(table);
            options.setWriteBufferSize(32L << 20).setMaxWriteBufferNumber(3);
        }

        @Override
        public void close(String store, Options options) { }
    }

    public static void main(String[] a) {
        KafkaStreams streams = new KafkaStreams(topology(a[1], a[2]), config(a[0], a[3], a[4], a[5], a[6]));
        streams.setUncaughtExceptionHandler(e -> {
            e.printStackTrace();
            return StreamThreadExceptionResponse.SHUTDOWN_APPLICATION;
        });
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
        streams.start();
    }
}
