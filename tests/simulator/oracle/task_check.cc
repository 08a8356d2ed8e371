#include "tests/simulator/oracle/task_check.h"

#include <algorithm>
#include <set>

namespace due::oracle {
namespace {

constexpr std::size_t time_text_size = 19;  // up to the seconds; T in the header is exact
constexpr std::size_t limit_slack = 700;    // what a topic counts beside key and value, and what we guess wrong

std::string header(const Entry& e, std::string_view name) {
  const std::string* value = e.header(name);
  return value == nullptr ? std::string() : *value;
}

// Is it `"name":` whose name begins at that place?
bool is_member(std::string_view json, std::string_view name, std::size_t at) {
  const std::size_t end = at + name.size();
  return at > 0 && json[at - 1] == '"' && json.substr(end).starts_with("\":");
}

// What stands behind the name that begins there.
std::string_view value_at(std::string_view json, std::string_view name, std::size_t at) {
  std::string_view rest = json.substr(at + name.size() + 2);
  if (rest.starts_with('"')) {
    rest.remove_prefix(1);
    return rest.substr(0, rest.find('"'));
  }
  if (rest.starts_with('[')) return rest.substr(1, rest.find(']') - 1);
  return rest.substr(0, rest.find_first_of(",}]"));
}

}  // namespace

std::string_view member(std::string_view json, std::string_view name) {
  for (std::size_t at = json.find(name); at != std::string_view::npos; at = json.find(name, at + 1))
    if (is_member(json, name, at)) return value_at(json, name, at);
  return {};
}

std::string_view last_member(std::string_view json, std::string_view name) {
  for (std::size_t at = json.rfind(name); at != std::string_view::npos && at > 0; at = json.rfind(name, at - 1))
    if (is_member(json, name, at)) return value_at(json, name, at);
  return {};
}

std::string difference(std::string_view json, const std::vector<std::pair<std::string_view, std::string>>& wanted) {
  for (const auto& [name, value] : wanted) {
    const std::size_t size = name == "time" ? time_text_size : std::string_view::npos;
    if (const std::string_view found = member(json, name).substr(0, size); found != std::string_view(value).substr(0, size))
      return std::string(name) + " is '" + std::string(found) + "', must be '" + value + "'";
  }
  return {};
}

std::string origin_of(const Entry& e) {
  if (const std::string* topic = e.header("x-err.topic"))
    return *topic + "/" + header(e, "x-err.partition") + "/" + header(e, "x-err.offset");
  return std::string(member(e.text(), "id"));
}

std::string describe(const Entry& e) {
  const std::string code = header(e, "x-err.code");
  const std::string what = code.empty() ? std::string(member(e.text(), "type"))
                                        : "dead letter " + code + " (" + header(e, "x-err.remedy") + ")";
  return what + " on " + origin_of(e) + " (offset " + std::to_string(e.offset) + ")";
}

Outputs::Outputs(const Evidence& evidence) {
  std::set<std::string> topics;
  for (const Part& part : parts()) topics.insert(part.outputs.begin(), part.outputs.end());
  for (const auto& [place, entries] : evidence.partitions)
    if (topics.contains(place.first)) take(place, entries);
}

void Outputs::take(const Place& place, const std::vector<Entry>& entries) {
  const bool internal = std::count(internal_topics().begin(), internal_topics().end(), place.first) > 0;
  for (const Entry* e : visible(entries)) {
    if (internal && e->header("duestream") == nullptr) continue;
    const Mark mark = e->mark();
    std::vector<const Entry*>& of_task = all_[{mark.task, place.first, place.second}];
    of_task.push_back(e);
    if (mark.seq == static_cast<std::int64_t>(of_task.size()) || finding_) continue;
    finding_ = Finding{"numbering", place.first + "/" + std::to_string(place.second) + " offset " + std::to_string(e->offset) +
                                        ": seq " + std::to_string(mark.seq) + " of task " + mark.task + " where " +
                                        std::to_string(of_task.size()) + " must be: " + describe(*e)};
  }
}

const Entry* OutputCursor::next(const Outputs::Key& key) {
  const auto found = outputs_.all().find(key);
  const auto at = static_cast<std::size_t>(taken_[key]);
  return found == outputs_.all().end() || at >= found->second.size() ? nullptr : found->second[at];
}

std::optional<Finding> OutputCursor::left_over() const {
  for (const auto& [key, entries] : outputs_.all()) {
    const auto found = taken_.find(key);
    const std::size_t taken = found == taken_.end() ? 0 : static_cast<std::size_t>(found->second);
    if (taken < entries.size())
      return Finding{"outputs", "no chronicle record of task " + std::get<0>(key) + " covers " + describe(*entries[taken])};
  }
  return std::nullopt;
}

TaskCheck::TaskCheck(const Evidence& evidence, const Part& part, OutputCursor& cursor, int task)
    : evidence_(evidence), part_(part), cursor_(cursor), task_(task), name_(part.name + "-" + std::to_string(task)) {
  for (const std::string& topic : part.inputs) inputs_.push_back({visible(evidence.partitions.at({topic, task})), 0});
  for (const std::string& topic : part.outputs) {
    int& count = output_partitions_[topic];
    while (evidence.partitions.contains({topic, count})) ++count;
  }
}

int TaskCheck::partitions(const std::string& topic) const { return output_partitions_.at(topic); }

Finding TaskCheck::finding(const std::string& check, const std::string& what) const {
  return {check, name_ + ", chronicle record " + std::to_string(next_seq_) + ": " + what};
}

std::optional<Finding> TaskCheck::run() {
  const Entry* last = nullptr;
  ChronicleEntry record;
  for (const Entry* entry : visible(evidence_.partitions.at({part_.chronicle, task_}))) {
    if (auto found = chain(*entry, record)) return found;
    if (auto found = batch(*entry, record)) return found;
    ++next_seq_;
    last = entry;
  }
  if (evidence_.complete)
    if (auto found = all_read()) return found;
  if (last == nullptr) return std::nullopt;
  return position(*last, record);
}

std::optional<Finding> TaskCheck::chain(const Entry& entry, ChronicleEntry& record) {
  const auto read = read_chronicle(entry.text());
  if (!read) return finding("chronicle", "it cannot be read");
  record = *read;
  if (record.seq != next_seq_) return finding("chronicle", "record " + std::to_string(record.seq) + " is in its place: a gap or a fork");
  if (record.previous != last_hash_) return finding("chronicle", "it continues another record than the one before it: a fork");
  if (record.genesis != (record.seq == 0)) return finding("chronicle", "the genesis is not record 0");
  for (const ChronicleOutputs& o : record.outputs)
    if (o.topic >= part_.outputs.size()) return finding("chronicle", "it names output " + std::to_string(o.topic));
  last_hash_ = hash_of(*entry.value);
  return std::nullopt;
}

std::optional<Finding> TaskCheck::batch(const Entry& entry, const ChronicleEntry& record) {
  std::map<std::pair<std::size_t, int>, std::int64_t> before;
  for (const ChronicleOutputs& o : record.outputs)
    before[{o.topic, o.partition}] = cursor_.taken(key(part_.outputs[o.topic], o.partition));
  for (const ChronicleRun& run : record.runs)
    if (auto found = step(run, entry)) return found;
  if (time() != record.time)
    return finding("chronicle", "task time is " + std::to_string(record.time) + ", must be " + std::to_string(time()));
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const Input& in = inputs_[i];
    const bool passes_next = in.next < in.records.size() && record.positions[i] > in.records[in.next]->offset;
    const bool before_last = in.next > 0 && record.positions[i] <= in.records[in.next - 1]->offset;
    if (passes_next || before_last)
      return finding("chronicle", "position " + std::to_string(record.positions[i]) + " of " + part_.inputs[i] +
                                      " is not where it read to");
  }
  return ranges(record, before);
}

std::optional<Finding> TaskCheck::step(const ChronicleRun& run, const Entry& chronicle) {
  if (run.tick) {
    if (run.time < time()) return finding("chronicle", "task time goes back");
    return tick(run, chronicle);
  }
  if (run.input >= inputs_.size()) return finding("chronicle", "it names input " + std::to_string(run.input));
  Input& in = inputs_[run.input];
  for (std::int64_t n = 0; n < run.count; ++n, ++in.next) {
    if (in.next >= in.records.size()) return finding("chronicle", "it takes more of " + part_.inputs[run.input] + " than there is");
    const Entry& taken = *in.records[in.next];
    const bool wrong = taken.offset < run.first || taken.offset > run.last || (n == 0 && taken.offset != run.first) ||
                       (n == run.count - 1 && taken.offset != run.last);
    if (wrong)
      return finding("chronicle", "it takes " + std::to_string(run.first) + " to " + std::to_string(run.last) + " of " +
                                      part_.inputs[run.input] + ", next is " + std::to_string(taken.offset));
    if (auto found = record(run.input, taken, chronicle)) return found;
  }
  return std::nullopt;
}

// ---------------------------------------------------------------------------------------------------------------- outputs

std::optional<Finding> TaskCheck::take(const Outputs::Key& at, const Entry& chronicle, std::int64_t time, const std::string& what) {
  const Entry* found = cursor_.next(at);
  if (found == nullptr) return finding("outputs", what + " is missing");
  cursor_.take(at);
  if (found->producer != chronicle.producer || found->epoch != chronicle.epoch)
    return finding("atomicity", what + " is of another transaction than its chronicle record");
  if (found->mark().time != time)
    return finding("outputs", what + " has T " + std::to_string(found->mark().time) + ", must be " + std::to_string(time));
  return std::nullopt;
}

Outputs::Key TaskCheck::place_of_dead_letter(const std::optional<std::string>& record_key) const {
  const int n = partitions("dead-letters");
  return key("dead-letters", record_key ? partition_of(*record_key, n) : task_ % n);
}

std::optional<Finding> TaskCheck::dead_letter(const DeadLetter& e, const Entry& chronicle) {
  Outputs::Key at = place_of_dead_letter(e.key);
  const Entry* found = cursor_.next(at);
  const auto elsewhere = [&] { return found == nullptr || origin_of(*found) != text(e.origin); };
  if (elsewhere() && may_be_oversized("dead-letters", 500 + (e.value ? e.value->size() : 0))) {
    at = place_of_dead_letter({});  // without key and value it stays in the partition of its task
    found = cursor_.next(at);
  }
  const std::string what = "dead letter " + e.code + " on " + text(e.origin);
  if (found == nullptr) return finding("outputs", what + " is missing");
  if (elsewhere() || header(*found, "x-err.code") != e.code)
    return finding("outputs", what + " must be there, found is " + describe(*found));
  if (auto wrong = take(at, chronicle, e.time, what)) return wrong;
  if (found->header("x-err.truncated") == nullptr && (found->value != e.value || found->key != e.key))
    return finding("outputs", describe(*found) + " is not the record as it came");
  return std::nullopt;
}

bool TaskCheck::may_be_oversized(const std::string& topic, std::size_t about) const {
  const auto limit = evidence_.message_bytes_max.find(topic);
  return limit != evidence_.message_bytes_max.end() && static_cast<std::size_t>(limit->second) < about + limit_slack;
}

std::optional<Finding> TaskCheck::ranges(const ChronicleEntry& record,
                                         const std::map<std::pair<std::size_t, int>, std::int64_t>& before) {
  for (const ChronicleOutputs& o : record.outputs) {
    const std::int64_t first = before.at({o.topic, o.partition}) + 1;
    const std::int64_t count = cursor_.taken(key(part_.outputs[o.topic], o.partition)) - first + 1;
    if (o.first != first || o.count != count)
      return finding("numbering", "it names " + std::to_string(o.count) + " outputs from " + std::to_string(o.first) + ", there are " +
                                      std::to_string(count) + " from " + std::to_string(first));
  }
  return std::nullopt;
}

std::optional<Finding> TaskCheck::all_read() const {
  for (std::size_t i = 0; i < inputs_.size(); ++i)
    if (inputs_[i].next < inputs_[i].records.size())
      return Finding{"complete", name_ + " has not taken " + part_.inputs[i] + " offset " +
                                     std::to_string(inputs_[i].records[inputs_[i].next]->offset)};
  return std::nullopt;
}

std::optional<Finding> TaskCheck::position(const Entry& last, const ChronicleEntry& record) const {
  const auto found = evidence_.positions.find({part_.inputs[0], task_});
  if (found == evidence_.positions.end() && !evidence_.complete) return std::nullopt;  // it had expired, and nobody could go on
  if (found == evidence_.positions.end()) return finding("positions", "the group has no position");
  const std::string named = "v1 " + std::to_string(record.seq) + " " + hex(hash_of(*last.value));
  if (found->second.metadata != named && found->second.metadata != named + " released")
    return finding("positions", "the group's metadata is '" + found->second.metadata + "', must be '" + named + "'");
  if (found->second.next < record.positions[0])
    return finding("positions", "the group's position is " + std::to_string(found->second.next) + ", the chronicle's " +
                                    std::to_string(record.positions[0]));
  return std::nullopt;
}

}  // namespace due::oracle
