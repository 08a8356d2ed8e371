#include "stream/cli/redrive/redrive.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>

#include "schemas/base/partitioner.h"
#include "schemas/codec/feed_line.h"
#include "schemas/codec/json_writer.h"
#include "stream/cli/topic_reader.h"
#include "stream/log/batch_bytes.h"

namespace due::cli {
namespace {

struct Sum {
  std::map<std::string, std::int64_t> put_back;  // by code
  std::int64_t before = 0, cannot = 0;
  std::int64_t count() const {
    std::int64_t n = 0;
    for (const auto& [code, letters] : put_back) n += letters;
    return n;
  }
};

// One line in the form of `publish`, to be mended and given back by --repaired.
std::string line_of(const DeadLetter& letter) {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object().key("topic").value(letter.topic).key("key");
  letter.key ? json.value(*letter.key) : json.null();
  json.key("value");
  letter.value ? json.value(*letter.value) : json.null();
  json.key("headers").begin_object();
  for (const auto& [name, value] : letter.headers)
    if (!name.starts_with("x-redrive.")) json.key(name).value(value);
  json.key(redrive_origin).value(letter.origin).key(redrive_code).value(letter.code);
  json.end_object().end_object();
  return out;
}

// Repaired records by origin.
using Repaired = std::map<std::string, codec::WrapperLine>;

Result<Repaired> read_repaired(const std::string& path) {
  Repaired repaired;
  std::ifstream in(path);
  if (!in) return Error{Remedy::stop, "file " + path + " cannot be read; check its path and rights"};
  codec::FeedLineReader reader;
  std::int64_t number = 0;
  const auto wrong = [&](const std::string& what) {
    return Error{Remedy::quarantine_record, path + ", line " + std::to_string(number) + ": " + what + "; nothing was put back"};
  };
  for (std::string text; std::getline(in, text);) {
    ++number;
    if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
    auto line = reader.read(text);
    if (!line) return wrong(line.error().what);
    auto* wrapper = std::get_if<codec::WrapperLine>(&*line);
    if (wrapper == nullptr) return wrong("it is an event; mend a line of `duestream redrive --print` instead");
    std::string origin;
    std::erase_if(wrapper->headers, [&origin](const auto& h) {
      if (h.first == redrive_origin) origin = h.second;
      return h.first.starts_with("x-redrive.");
    });
    if (origin.empty()) return wrong("it has no header x-redrive.origin; keep the one that `duestream redrive --print` wrote");
    if (!repaired.emplace(origin, std::move(*wrapper)).second) return wrong("the letter of " + origin + " stands in an earlier line, too");
  }
  return repaired;
}

// What was put back from where, as the inputs themselves say. A record of the input may lie behind an open transaction of its sender's
// others, so that nothing but reading the uncommitted shows all that was put back.
class PutBackBefore {
 public:
  // Looks for these origins from this offset on.
  void look_in(const log::TopicPartition& input, std::int64_t from) {
    const auto [at, fresh] = from_.try_emplace(input, from);
    if (!fresh) at->second = std::min(at->second, from);
  }
  Status look(log::Log& log) {
    auto reader = log.reader(log::Isolation::read_uncommitted);
    if (!reader) return reader.error();
    std::vector<log::Assignment> inputs;
    std::vector<std::int64_t> left;
    for (const auto& [input, from] : from_) {
      auto bounds = log.bounds(input, log::Isolation::read_uncommitted);
      if (!bounds) return bounds.error();
      const std::int64_t begin = std::max(from, bounds->start.value);
      if (begin >= bounds->end.value) continue;
      inputs.push_back({input, {begin}, {static_cast<std::uint32_t>(inputs.size())}});
      left.push_back(bounds->end.value);
    }
    if (Status added = (*reader)->add(inputs); !added) return added;
    for (std::size_t open = inputs.size(); open > 0;) {
      auto batch = (*reader)->poll(10'000, log::Duration(100));
      if (!batch) return batch.error();
      for (const log::Record& r : (*batch)->records())
        if (const auto origin = origin_put_back(r.headers); !origin.empty()) origins_.emplace(origin);
      for (const log::Progress& p : (*batch)->progress()) {
        std::int64_t& end = left[p.input.value];
        if (end < 0 || p.next.value < end) continue;
        end = -1;
        --open;
      }
    }
    return Done{};
  }
  bool contains(const std::string& origin) const { return origins_.contains(origin); }

 private:
  std::map<log::TopicPartition, std::int64_t> from_;
  std::set<std::string> origins_;
};

class Redriver {
 public:
  Redriver(const RedriveArguments& a, log::Log& log) : a_(a), log_(log) {}

  Status run(const topology::Description& topology) {
    if (Status known = learn_topics(topology); !known) return known;
    if (!a_.repaired.empty()) {
      auto repaired = read_repaired(a_.repaired);
      if (!repaired) return repaired.error();
      repaired_ = std::move(*repaired);
    }
    if (a_.print) return each_letter([this](const DeadLetter& letter) { return print(letter); });
    // Twice through the letters: what they hold need not be kept while the inputs are looked through.
    if (Status noted = each_letter([this](const DeadLetter& letter) { return note(letter); }); !noted) return noted;
    for (const auto& [origin, line] : repaired_)
      if (!noted_.contains(origin))
        return Error{Remedy::stop, a_.repaired + ": there is no such dead letter as that of " + origin + "; nothing was put back"};
    if (Status looked = before_.look(log_); !looked) return looked;
    if (!a_.dry_run) {
      auto publisher = log_.publisher();
      if (!publisher) return publisher.error();
      publisher_ = std::move(*publisher);
    }
    const Status done = each_letter([this](const DeadLetter& letter) { return put_back(letter); });
    const Status stored = publisher_ ? publisher_->flush() : Status{Done{}};
    if (done && stored) return Done{};
    return Error{Remedy::retry, (done ? stored : done).error().what + "; run this again: it goes on where it stopped"};
  }
  const Sum& sum() const { return sum_; }

 private:
  Status print(const DeadLetter& letter) {
    ++sum_.put_back[letter.code];
    std::printf("%s\n", line_of(letter).c_str());
    return Done{};
  }

  Status learn_topics(const topology::Description& topology) {
    std::set<std::string> read;  // several subtopologies may read one
    for (const topology::Subtopology& s : topology.subtopologies)
      for (const auto* topics : {&s.inputs, &s.broadcast})
        for (const std::string& t : *topics) read.insert(a_.log.prefix + t);
    const std::vector<std::string> names(read.begin(), read.end());
    auto infos = log_.describe(names);
    if (!infos) return infos.error();
    for (log::TopicInfo& info : *infos) {
      std::string bare = info.name.substr(a_.log.prefix.size());
      topics_.emplace(std::move(bare), std::move(info));
    }
    return Done{};
  }

  // Those that are meant, as they are to be put back, until there are enough.
  Status each_letter(const std::function<Status(const DeadLetter&)>& act) {
    Status acted = Done{};
    const Status scanned = scan(log_, a_.log.prefix + "dead-letters", [&](std::int32_t partition, const log::Record& r) {
      auto letter = read_letter(partition, r);
      if (!letter || !a_.filter.matches(*letter) || !repair(*letter)) return Next::go_on;
      acted = act(*letter);
      return acted && !(a_.max > 0 && sum_.count() >= a_.max) ? Next::go_on : Next::stop;
    });
    return acted ? scanned : acted;
  }
  // False: there are repaired records, and none for this letter.
  bool repair(DeadLetter& letter) const {
    if (a_.repaired.empty()) return true;
    const auto line = repaired_.find(letter.origin);
    if (line == repaired_.end()) return false;
    letter.key = line->second.key;
    letter.value = line->second.value;
    letter.headers = line->second.headers;
    letter.whole = true;
    return true;
  }

  std::int32_t target(const DeadLetter& letter, const log::TopicInfo& topic) const {
    if (topic.partitions == 1) return 0;
    return letter.key ? partition_of(*letter.key, topic.partitions) : letter.partition % topic.partitions;
  }

  Status note(const DeadLetter& letter) {
    noted_.insert(letter.origin);
    const auto topic = topics_.find(letter.topic);
    if (topic == topics_.end()) return Done{};
    before_.look_in({topic->second.name, letter.partition}, letter.offset + 1);
    // It lay in a partition that was not its key's, or has another key now.
    if (const std::int32_t to = target(letter, topic->second); to != letter.partition) before_.look_in({topic->second.name, to}, 0);
    return Done{};
  }

  Status put_back(const DeadLetter& letter) {
    if (before_.contains(letter.origin)) return ++sum_.before, Done{};
    const auto topic = topics_.find(letter.topic);
    if (topic == topics_.end()) return cannot(letter, "topic " + letter.topic + " is no input of this version, or does not exist");
    if (!letter.whole) return cannot(letter, "its value was left out; read it at " + letter.origin + " and give it by --repaired");
    std::vector<log::Header> headers;
    for (const auto& [name, value] : letter.headers) headers.push_back({name, value});
    const std::string at = "dead-letters/" + letter.place;
    headers.insert(headers.end(),
                   {{redrive_origin, letter.origin}, {redrive_code, letter.code}, {redrive_letter, at}});
    if (!a_.actor.empty()) headers.push_back({redrive_actor, a_.actor});
    if (!a_.repaired.empty()) headers.push_back({redrive_repaired, "true"});
    const std::int64_t bytes = log::batch_bytes(letter.key, letter.value, headers), limit = topic->second.message_bytes_max;
    if (bytes > limit)
      return cannot(letter, "with where it comes from it takes " + std::to_string(bytes) + " bytes, and topic " + topic->second.name +
                                " at most " + std::to_string(limit) + " (its max.message.bytes)");
    ++sum_.put_back[letter.code];
    if (a_.dry_run) return Done{};
    log::OutgoingRecord out;
    out.topic = topic->second.name;
    out.partition = target(letter, topic->second);
    out.key = letter.key;
    out.value = letter.value;
    out.headers = headers;
    out.timestamp = log_.time().wall();
    return publisher_->send(out);
  }
  Status cannot(const DeadLetter& letter, const std::string& why) {
    ++sum_.cannot;
    std::fprintf(stderr, "duestream: dead letter %s (%s) cannot be put back: %s\n", letter.place.c_str(), letter.code.c_str(), why.c_str());
    return Done{};
  }

  const RedriveArguments& a_;
  log::Log& log_;
  std::map<std::string, log::TopicInfo> topics_;  // inputs, without prefix
  Repaired repaired_;
  std::set<std::string> noted_;
  PutBackBefore before_;
  std::unique_ptr<log::Publisher> publisher_;  // null: a dry run
  Sum sum_;
};

void print(const Sum& sum, const RedriveArguments& a) {
  if (a.json) {
    std::string out;
    codec::JsonWriter json(out);
    json.begin_object().key("put_back").value(sum.count()).key("before").value(sum.before).key("cannot").value(sum.cannot);
    json.key("dry_run").raw(a.dry_run ? "true" : "false").key("by_code").begin_object();
    for (const auto& [code, n] : sum.put_back) json.key(code).value(n);
    json.end_object().end_object();
    std::printf("%s\n", out.c_str());
    return;
  }
  std::printf("  %lld dead letters %s", static_cast<long long>(sum.count()), a.dry_run ? "would be put back" : "put back");
  const char* before = " (";
  for (const auto& [code, n] : sum.put_back) {
    std::printf("%s%s %lld", before, code.c_str(), static_cast<long long>(n));
    before = ", ";
  }
  std::printf("%s, %lld were before, %lld cannot be\n", sum.put_back.empty() ? "" : ")", static_cast<long long>(sum.before),
              static_cast<long long>(sum.cannot));
}

}  // namespace

int redrive(const RedriveArguments& a, Wire& wire) {
  if (a.filter.empty() && a.repaired.empty() && !a.all)
    return complain(std::vector<std::string>{
        "redrive: say which dead letters: --reason, --topic, --key, --from, --to, --repaired; or --all"});
  auto log = wire.open_log(a.log, a.print || a.dry_run ? Access::read : Access::write);
  if (!log) return complain(log.error());
  Redriver redriver(a, **log);
  const Status done = redriver.run(wire.topology());
  if (!a.print) print(redriver.sum(), a);
  if (!done) return complain(done.error());
  return redriver.sum().cannot == 0 ? Exit::ok : Exit::failed;
}

}  // namespace due::cli
