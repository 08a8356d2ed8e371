package duestream.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The broker as the harness needs it: fresh topics, positions, whole topics read committed, and its process. */
final class Broker implements AutoCloseable {
    final String bootstrap;
    private final Admin admin;

    Broker(String bootstrap) {
        this.bootstrap = bootstrap;
        admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
    }

    @Override
    public void close() {
        admin.close();
    }

    void create(String topic, int partitions) throws Exception {
        for (int i = 0; ; i++) {
            try {
                admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1)
                    .configs(Map.of("retention.ms", "-1", "segment.ms", "" + Long.MAX_VALUE)))).all().get();
                return;
            } catch (Exception e) {                                   // a deleted topic of that name is still on its way out
                if (i == 50) throw e;
                Thread.sleep(200);
            }
        }
    }

    /** Deletes the topics and waits until the broker names none of them any more. */
    void delete(Predicate<String> which) throws Exception {
        List<String> gone = admin.listTopics().names().get().stream().filter(which).toList();
        if (gone.isEmpty()) return;
        admin.deleteTopics(gone).all().get();
        for (int i = 0; i < 100 && admin.listTopics().names().get().stream().anyMatch(gone::contains); i++) Thread.sleep(100);
    }

    boolean exists(String topic) throws Exception {
        return admin.listTopics().names().get().contains(topic);
    }

    List<TopicPartition> partitions(Collection<String> topics) throws Exception {
        List<TopicPartition> all = new ArrayList<>();
        for (var t : admin.describeTopics(topics).allTopicNames().get().values())
            for (TopicPartitionInfo p : t.partitions()) all.add(new TopicPartition(t.name(), p.partition()));
        return all;
    }

    Map<TopicPartition, Long> ends(Collection<String> topics, IsolationLevel isolation) throws Exception {
        Map<TopicPartition, OffsetSpec> ask = new HashMap<>();
        for (TopicPartition p : partitions(topics)) ask.put(p, OffsetSpec.latest());
        Map<TopicPartition, Long> ends = new HashMap<>();
        admin.listOffsets(ask, new ListOffsetsOptions(isolation)).all().get().forEach((p, o) -> ends.put(p, o.offset()));
        return ends;
    }

    /** Sum of the positions that the group has committed. */
    long committed(String group) throws Exception {
        long sum = 0;
        for (var o : admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().values())
            if (o != null) sum += o.offset();
        return sum;
    }

    /** Offsets above the last stable one: records of transactions that nobody has ended. */
    long unstable(String topic) throws Exception {
        long n = 0;
        Map<TopicPartition, Long> stable = ends(List.of(topic), IsolationLevel.READ_COMMITTED);
        for (var e : ends(List.of(topic), IsolationLevel.READ_UNCOMMITTED).entrySet()) n += e.getValue() - stable.get(e.getKey());
        return n;
    }

    interface Visitor {
        void visit(ConsumerRecord<byte[], byte[]> record) throws Exception;
    }

    /** Every committed record of the topic, each partition in order, up to the last stable offsets at the call. */
    void scan(String topic, Visitor each) throws Exception {
        Map<TopicPartition, Long> end = ends(List.of(topic), IsolationLevel.READ_COMMITTED);
        try (KafkaConsumer<byte[], byte[]> c = consumer(List.copyOf(end.keySet()))) {
            long quiet = System.nanoTime();
            while (end.entrySet().stream().anyMatch(e -> c.position(e.getKey()) < e.getValue())) {
                boolean any = false;
                for (ConsumerRecord<byte[], byte[]> r : c.poll(Duration.ofMillis(200))) {
                    any = true;
                    if (r.offset() < end.get(new TopicPartition(topic, r.partition()))) each.visit(r);
                }
                if (any) quiet = System.nanoTime();
                else if (System.nanoTime() - quiet > 60_000_000_000L) throw new IllegalStateException("no record of " + topic + " for 60 s");
            }
        }
    }

    private KafkaConsumer<byte[], byte[]> consumer(List<TopicPartition> all) {
        KafkaConsumer<byte[], byte[]> c = new KafkaConsumer<>(Map.of("bootstrap.servers", bootstrap, "isolation.level", "read_committed",
            "max.poll.records", 10_000, "max.partition.fetch.bytes", 4 << 20, "enable.auto.commit", false),
            new ByteArrayDeserializer(), new ByteArrayDeserializer());
        c.assign(all);
        c.seekToBeginning(all);
        return c;
    }

    KafkaProducer<byte[], byte[]> producer(int lingerMs) {
        return new KafkaProducer<>(Map.of("bootstrap.servers", bootstrap, "compression.type", "lz4", "linger.ms", lingerMs,
            "batch.size", 256 << 10, "buffer.memory", 128L << 20), new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** The local process that listens on the broker's port; 0 where it is not on this machine (its CPU is then not known). */
    long pid() throws Exception {
        int port = Integer.parseInt(bootstrap.substring(bootstrap.lastIndexOf(':') + 1));
        String local = String.format(":%04X", port);
        List<String> inodes = new ArrayList<>();
        for (String table : List.of("tcp", "tcp6"))
            for (String line : Files.readAllLines(Path.of("/proc/net/" + table))) {
                String[] f = line.trim().split("\\s+");
                if (f.length > 9 && f[1].endsWith(local) && f[3].equals("0A")) inodes.add("socket:[" + f[9] + "]");
            }
        for (ProcessHandle p : ProcessHandle.allProcesses().toList()) {
            try (var fds = Files.list(Path.of("/proc/" + p.pid() + "/fd"))) {
                for (Path fd : fds.toList())
                    if (Files.isSymbolicLink(fd) && inodes.contains(Files.readSymbolicLink(fd).toString())) return p.pid();
            } catch (java.io.IOException | java.io.UncheckedIOException e) {
                continue;                                             // it ended, or is not ours to look at
            }
        }
        return 0;
    }
}
