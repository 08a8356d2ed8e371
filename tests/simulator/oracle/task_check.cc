#include "tests/simulator/oracle/task_check.h"

#include <algorithm>
#include <charconv>

#include "tests/simulator/oracle/calendar.h"

namespace due::oracle {
namespace {

constexpr std::size_t time_text_size = 19;  // up to the seconds; T in the header is exact

// What stands behind "name": in a line of JSON, up to the next comma or closing bracket; without quotes.
std::string_view member(std::string_view json, std::string_view name) {
  const std::string wanted = "\"" + std::string(name) + "\":";
  const std::size_t at = json.find(wanted);
  if (at == std::string_view::npos) return {};
  std::string_view rest = json.substr(at + wanted.size());
  if (rest.starts_with('"')) {
    rest.remove_prefix(1);
    return rest.substr(0, rest.find('"'));
  }
  if (rest.starts_with('[')) return rest.substr(1, rest.find(']') - 1);
  return rest.substr(0, rest.find_first_of(",}]"));
}

std::vector<std::int64_t> numbers(std::string_view list) {
  std::vector<std::int64_t> all;
  while (!list.empty()) {
    std::int64_t v = 0;
    const auto [end, error] = std::from_chars(list.data(), list.data() + list.size(), v);
    if (error != std::errc{}) break;
    all.push_back(v);
    list.remove_prefix(static_cast<std::size_t>(end - list.data()));
    if (list.starts_with(',')) list.remove_prefix(1);
  }
  return all;
}

std::string text(const Origin& o) { return o.topic + "/" + std::to_string(o.partition) + "/" + std::to_string(o.offset); }
std::string text(const std::vector<std::int64_t>& v) {
  std::string t;
  for (const std::int64_t x : v) t += (t.empty() ? "" : ",") + std::to_string(x);
  return t;
}

std::string header(const Entry& e, std::string_view name) {
  const std::string* value = e.header(name);
  return value == nullptr ? std::string() : *value;
}

std::string origin_of(const Entry& e) {
  if (const std::string* topic = e.header("x-err.topic"))
    return *topic + "/" + header(e, "x-err.partition") + "/" + header(e, "x-err.offset");
  return std::string(member(e.value.value_or(""), "id"));
}

std::string describe(const Entry& e) {
  const std::string code = header(e, "x-err.code");
  return (code.empty() ? "a decision" : "dead letter " + code) + " on " + origin_of(e) + " (offset " + std::to_string(e.offset) + ")";
}

std::string describe(const Expected& e) {
  return (e.code.empty() ? std::string("a decision") : "dead letter " + e.code) + " on " + text(e.origin);
}

// What of a decision is not as it must be; empty: nothing.
std::string difference(const Entry& found, const Expected& e) {
  const std::string_view json = found.value.value_or("");
  const Fact& f = e.posted->fact;
  const std::pair<std::string_view, std::string> members[] = {
      {"event_id", f.event_id},     {"event_source", "/sim"},
      {"event_type", std::string(type_of(f.kind))}, {"customer_id", f.customer},
      {"business_date", day_text(f.day)},           {"currency", e.currency},
      {"decision", e.high ? "HIGH" : "LOW"},        {"time", time_text(e.time).substr(0, time_text_size)}};
  for (const auto& [name, wanted] : members)
    if (member(json, name).substr(0, name == "time" ? time_text_size : std::string_view::npos) != wanted)
      return std::string(name) + " is '" + std::string(member(json, name)) + "', must be '" + wanted + "'";
  const std::vector<std::int64_t> features = numbers(member(json, "features")), wanted(e.features.begin(), e.features.end());
  if (features != wanted) return "features are " + text(features) + ", must be " + text(wanted);
  return {};
}

}  // namespace

Outputs::Outputs(const Evidence& evidence) {
  for (std::size_t topic = 0; topic < evidence.outputs.size(); ++topic) {
    for (auto at = evidence.partitions.lower_bound({evidence.outputs[topic], 0});
         at != evidence.partitions.end() && at->first.first == evidence.outputs[topic]; ++at) {
      for (const Entry* e : visible(at->second)) {
        const Mark mark = e->mark();
        std::vector<const Entry*>& of_task = all_[{mark.task, topic, at->first.second}];
        of_task.push_back(e);
        if (mark.seq == static_cast<std::int64_t>(of_task.size()) || finding_) continue;
        finding_ = Finding{"numbering", evidence.outputs[topic] + "/" + std::to_string(at->first.second) + " offset " +
                                            std::to_string(e->offset) + ": seq " + std::to_string(mark.seq) + " of task " + mark.task +
                                            " where " + std::to_string(of_task.size()) + " must be: " + describe(*e)};
      }
    }
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

TaskCheck::TaskCheck(const Evidence& evidence, const Texts& texts, OutputCursor& cursor, int task)
    : evidence_(evidence),
      texts_(texts),
      cursor_(cursor),
      task_(task),
      name_("account-" + std::to_string(task)),
      book_(task, evidence.tasks, evidence.parked_micros) {
  for (const std::string& topic : evidence.inputs) inputs_.push_back({visible(evidence.partitions.at({topic, task})), 0});
  for (const std::string& topic : evidence.outputs) {
    output_partitions_.push_back(0);
    while (evidence.partitions.contains({topic, output_partitions_.back()})) ++output_partitions_.back();
  }
}

Finding TaskCheck::finding(const std::string& check, const std::string& what) const {
  return {check, name_ + ", chronicle record " + std::to_string(next_seq_) + ": " + what};
}

std::optional<Finding> TaskCheck::run() {
  const Entry* last = nullptr;
  ChronicleEntry record;
  for (const Entry* entry : visible(evidence_.partitions.at({"chronicle", task_}))) {
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
  const auto read = read_chronicle(entry.value.value_or(""));
  if (!read) return finding("chronicle", "it cannot be read");
  record = *read;
  if (record.seq != next_seq_) return finding("chronicle", "record " + std::to_string(record.seq) + " is in its place: a gap or a fork");
  if (record.previous != last_hash_) return finding("chronicle", "it continues another record than the one before it: a fork");
  if (record.genesis != (record.seq == 0)) return finding("chronicle", "the genesis is not record 0");
  last_hash_ = hash_of(*entry.value);
  return std::nullopt;
}

std::optional<Finding> TaskCheck::batch(const Entry& entry, const ChronicleEntry& record) {
  std::map<std::pair<std::size_t, int>, std::int64_t> before;
  for (const ChronicleOutputs& o : record.outputs) before[{o.topic, o.partition}] = cursor_.taken(key(o.topic, o.partition));
  for (const ChronicleRun& run : record.runs)
    if (auto found = step(run, entry)) return found;
  if (book_.time() != record.time)
    return finding("chronicle", "task time is " + std::to_string(record.time) + ", must be " + std::to_string(book_.time()));
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const Input& in = inputs_[i];
    const bool passes_next = in.next < in.records.size() && record.positions[i] > in.records[in.next]->offset;
    const bool before_last = in.next > 0 && record.positions[i] <= in.records[in.next - 1]->offset;
    if (passes_next || before_last)
      return finding("chronicle", "position " + std::to_string(record.positions[i]) + " of " + evidence_.inputs[i] +
                                      " is not where it read to");
  }
  return ranges(record, before);
}

std::optional<Finding> TaskCheck::step(const ChronicleRun& run, const Entry& chronicle) {
  if (run.tick) {
    if (run.time < book_.time()) return finding("chronicle", "task time goes back");
    return outputs_of(book_.tick(run.time, run.wall), Order::any, chronicle);
  }
  if (run.input >= inputs_.size()) return finding("chronicle", "it names input " + std::to_string(run.input));
  Input& in = inputs_[run.input];
  for (std::int64_t n = 0; n < run.count; ++n, ++in.next) {
    if (in.next >= in.records.size()) return finding("chronicle", "it takes more of " + evidence_.inputs[run.input] + " than there is");
    const Entry& record = *in.records[in.next];
    const bool wrong = record.offset < run.first || record.offset > run.last || (n == 0 && record.offset != run.first) ||
                       (n == run.count - 1 && record.offset != run.last);
    if (wrong)
      return finding("chronicle", "it takes " + std::to_string(run.first) + " to " + std::to_string(run.last) + " of " +
                                      evidence_.inputs[run.input] + ", next is " + std::to_string(record.offset));
    const Posted* posted = posted_as(record);
    if (posted == nullptr) return finding("chronicle", "it takes a record that nobody published");
    const bool history = record.header("history") != nullptr;
    auto expected = book_.record(*posted, {evidence_.inputs[run.input], task_, record.offset}, history);
    if (auto found = outputs_of(std::move(expected), Order::given, chronicle)) return found;
  }
  return std::nullopt;
}

const Posted* TaskCheck::posted_as(const Entry& record) const {
  const auto found = texts_.find({record.key, record.value});
  return found == texts_.end() ? nullptr : found->second;
}

Outputs::Key TaskCheck::place_of(const Expected& e, std::size_t topic) const {
  const int n = output_partitions_[topic];
  return key(topic, e.posted->key ? partition_of(*e.posted->key, n) : task_ % n);
}

std::optional<Finding> TaskCheck::outputs_of(std::vector<Expected> expected, Order order, const Entry& chronicle) {
  while (!expected.empty()) {
    auto at = expected.begin();
    if (order == Order::any) {
      const auto next = std::find_if(at, expected.end(), [&](const Expected& e) {
        const Entry* found = cursor_.next(place_of(e, 1));
        return found != nullptr && origin_of(*found) == text(e.origin);
      });
      if (next != expected.end()) at = next;
    }
    if (auto found = output(*at, chronicle)) return found;
    expected.erase(at);
  }
  return std::nullopt;
}

// The company names no legal entity: all its credit notes are of one series.
std::optional<Finding> TaskCheck::request(const Expected& e, const Entry& chronicle) {
  const Outputs::Key at = key(2, partition_of("main/381", output_partitions_[2]));
  const Entry* found = cursor_.next(at);
  const Fact& f = e.posted->fact;
  const std::string what = "the request for a credit note by cancellation " + f.id;
  if (found == nullptr) return finding("outputs", what + " is missing");
  const std::string_view json = found->value.value_or("");
  const std::pair<std::string_view, std::string> members[] = {
      {"cancellation_id", f.id}, {"invoice_id", f.refers},   {"customer_id", f.customer}, {"amount_minor", std::to_string(e.credit)},
      {"currency", e.currency},  {"remaining_minor", "0"},   {"legal_entity_id", "main"}};
  for (const auto& [name, wanted] : members)
    if (member(json, name) != wanted)
      return finding("outputs",
                     what + ": " + std::string(name) + " is '" + std::string(member(json, name)) + "', must be '" + wanted + "'");
  cursor_.take(at);
  if (found->producer != chronicle.producer || found->epoch != chronicle.epoch)
    return finding("atomicity", what + " is of another transaction than its chronicle record");
  if (found->mark().time != e.time)
    return finding("outputs", what + " has T " + std::to_string(found->mark().time) + ", must be " + std::to_string(e.time));
  return std::nullopt;
}

std::optional<Finding> TaskCheck::output(const Expected& e, const Entry& chronicle) {
  if (e.credit > 0) return request(e, chronicle);
  Outputs::Key at = place_of(e, e.code.empty() ? 0 : 1);
  const Entry* found = cursor_.next(at);
  std::string code = e.code;
  const auto elsewhere = [&] { return found == nullptr || origin_of(*found) != text(e.origin); };
  if (code.empty() && elsewhere() && may_be_oversized(e, 0)) {
    at = place_of(e, 1);
    found = cursor_.next(at);
    code = "OVERSIZED_OUTPUT";
  }
  if (!code.empty() && elsewhere() && may_be_oversized(e, 1)) {
    at = key(1, task_ % output_partitions_[1]);  // without key and value it stays in the partition of its task
    found = cursor_.next(at);
  }
  if (found == nullptr) return finding("outputs", describe(e) + " is missing");
  if (elsewhere() || header(*found, "x-err.code") != code)
    return finding("outputs", describe(e) + " must be there, found is " + describe(*found));
  cursor_.take(at);
  if (found->producer != chronicle.producer || found->epoch != chronicle.epoch)
    return finding("atomicity", describe(*found) + " is of another transaction than its chronicle record");
  if (const std::int64_t time = found->mark().time; time != e.time)
    return finding("outputs", describe(*found) + " has T " + std::to_string(time) + ", must be " + std::to_string(e.time));
  if (code.empty()) {
    if (const std::string what = difference(*found, e); !what.empty()) return finding("outputs", describe(*found) + ": " + what);
  } else if (found->header("x-err.truncated") == nullptr && (found->value != e.posted->value || found->key != e.posted->key)) {
    return finding("outputs", describe(*found) + " is not the record as it came");
  }
  return std::nullopt;
}

bool TaskCheck::may_be_oversized(const Expected& e, std::size_t topic) const {
  const auto limit = evidence_.message_bytes_max.find(evidence_.outputs[topic]);
  if (limit == evidence_.message_bytes_max.end()) return false;
  const std::int64_t about = topic == 0 ? 700 : 500 + static_cast<std::int64_t>(e.posted->value.value_or("").size());
  return limit->second < about + 700;
}

std::optional<Finding> TaskCheck::ranges(const ChronicleEntry& record,
                                         const std::map<std::pair<std::size_t, int>, std::int64_t>& before) {
  for (const ChronicleOutputs& o : record.outputs) {
    const std::int64_t first = before.at({o.topic, o.partition}) + 1, count = cursor_.taken(key(o.topic, o.partition)) - first + 1;
    if (o.first != first || o.count != count)
      return finding("numbering", "it names " + std::to_string(o.count) + " outputs from " + std::to_string(o.first) + ", there are " +
                                      std::to_string(count) + " from " + std::to_string(first));
  }
  return std::nullopt;
}

std::optional<Finding> TaskCheck::all_read() const {
  for (std::size_t i = 0; i < inputs_.size(); ++i)
    if (inputs_[i].next < inputs_[i].records.size())
      return Finding{"complete", name_ + " has not taken " + evidence_.inputs[i] + " offset " +
                                     std::to_string(inputs_[i].records[inputs_[i].next]->offset)};
  return std::nullopt;
}

std::optional<Finding> TaskCheck::position(const Entry& last, const ChronicleEntry& record) const {
  const auto found = evidence_.positions.find({evidence_.inputs[0], task_});
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
