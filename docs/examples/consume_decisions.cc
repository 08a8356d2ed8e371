// Decisions of duestream into a file, a line each, exactly once, whatever is killed when. Needs librdkafka alone. Free to copy.
//   consume_decisions FILE HOST:PORT [TOPIC]      to the end as it is now
// The file is also the memory: each line says where its record lies, so that a line and the position behind it are one write. A line
// that was torn by a crash is cut off at the start, and comes again.
// Exit code 1: a gap, or a record that is not duestream's: nothing behind it is taken.
#include <librdkafka/rdkafkacpp.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

class Decisions {
 public:
  explicit Decisions(const std::string& file) {
    std::ifstream in(file);
    std::uintmax_t whole = 0;
    for (std::string line; std::getline(in, line) && !in.eof(); whole += line.size() + 1) {
      std::istringstream words(line);
      int partition = 0;
      std::int64_t offset = 0, seq = 0;
      std::string task;
      words >> partition >> offset >> task >> seq;
      next_[partition] = offset + 1;
      last_[{partition, task}] = seq;
    }
    in.close();
    if (std::filesystem::exists(file)) std::filesystem::resize_file(file, whole);
    out_.open(file, std::ios::app);
  }

  std::int64_t next_offset(int partition) { return next_[partition]; }

  // The repeat rule. `mark` is the header "duestream": task, seq, T. Behind 17 of a task comes 18 of that task.
  void take(int partition, std::int64_t offset, const std::string& mark, const std::string& value) {
    std::istringstream words(mark);
    std::string task;
    std::int64_t seq = 0;
    if (!(words >> task >> seq)) throw std::runtime_error("offset " + std::to_string(offset) + " has no mark of duestream's");
    std::int64_t& last = last_[{partition, task}];
    if (seq <= last) {  // was here before: a copied topic, a restored one, or our own second look
      ++repeats;
      return;
    }
    if (seq != last + 1)
      throw std::runtime_error("a gap: partition " + std::to_string(partition) + ", offset " + std::to_string(offset) + ": behind seq " +
                               std::to_string(last) + " of task " + task + " comes seq " + std::to_string(seq));
    out_ << partition << ' ' << offset << ' ' << task << ' ' << seq << ' ' << value << std::endl;
    last = seq;
    ++taken;
  }

  std::int64_t taken = 0, repeats = 0;

 private:
  std::ofstream out_;
  std::map<int, std::int64_t> next_;
  std::map<std::pair<int, std::string>, std::int64_t> last_;
};

std::unique_ptr<RdKafka::KafkaConsumer> open(const std::string& bootstrap) {
  const std::unique_ptr<RdKafka::Conf> conf(RdKafka::Conf::create(RdKafka::Conf::CONF_GLOBAL));
  const std::map<std::string, std::string> settings = {
      {"bootstrap.servers", bootstrap},
      {"group.id", "decisions-example"},
      {"enable.auto.commit", "false"},
      {"isolation.level", "read_committed"},  // what is not committed was never decided
      {"auto.offset.reset", "error"},         // records that are gone are a gap, no reason to begin elsewhere
      {"enable.partition.eof", "true"}};
  std::string why;
  for (const auto& [name, value] : settings)
    if (conf->set(name, value, why) != RdKafka::Conf::CONF_OK) throw std::runtime_error(why);
  std::unique_ptr<RdKafka::KafkaConsumer> consumer(RdKafka::KafkaConsumer::create(conf.get(), why));
  if (!consumer) throw std::runtime_error(why);
  return consumer;
}

std::size_t assign(RdKafka::KafkaConsumer& consumer, const std::string& topic, Decisions& decisions) {
  std::string why;
  const std::unique_ptr<RdKafka::Topic> handle(RdKafka::Topic::create(&consumer, topic, nullptr, why));
  RdKafka::Metadata* borrowed = nullptr;
  if (const auto code = consumer.metadata(false, handle.get(), &borrowed, 10'000); code != RdKafka::ERR_NO_ERROR)
    throw std::runtime_error(RdKafka::err2str(code));
  const std::unique_ptr<RdKafka::Metadata> metadata(borrowed);
  std::vector<RdKafka::TopicPartition*> all;
  for (const auto* partition : *metadata->topics()->front()->partitions())
    all.push_back(RdKafka::TopicPartition::create(topic, partition->id(), decisions.next_offset(partition->id())));
  consumer.assign(all);
  const std::size_t count = all.size();
  RdKafka::TopicPartition::destroy(all);
  return count;
}

std::string mark_of(RdKafka::Message& message) {
  if (RdKafka::Headers* headers = message.headers())
    if (const auto found = headers->get_last("duestream"); found.err() == RdKafka::ERR_NO_ERROR)
      return {static_cast<const char*>(found.value()), found.value_size()};
  return "";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fprintf(stderr, "consume_decisions FILE HOST:PORT [TOPIC]\n"), 2;
  try {
    Decisions decisions(argv[1]);
    const auto consumer = open(argv[2]);
    const std::size_t partitions = assign(*consumer, argc > 3 ? argv[3] : "decisions", decisions);
    for (std::set<int> ended; ended.size() < partitions;) {
      const std::unique_ptr<RdKafka::Message> message(consumer->consume(1'000));
      switch (message->err()) {
        case RdKafka::ERR_NO_ERROR:
          decisions.take(message->partition(), message->offset(), mark_of(*message),
                         {static_cast<const char*>(message->payload()), message->len()});
          break;
        case RdKafka::ERR__PARTITION_EOF: ended.insert(message->partition()); break;
        case RdKafka::ERR__TIMED_OUT: break;
        default: throw std::runtime_error(message->errstr());
      }
    }
    consumer->close();
    std::printf("%lld taken, %lld repeats passed over\n", static_cast<long long>(decisions.taken),
                static_cast<long long>(decisions.repeats));
    return 0;
  } catch (const std::exception& e) {
    return std::fprintf(stderr, "%s\n", e.what()), 1;
  }
}
