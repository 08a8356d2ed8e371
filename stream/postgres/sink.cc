#include "stream/postgres/sink.h"

#include <algorithm>
#include <optional>
#include <thread>

#include "stream/postgres/feeder.h"
#include "stream/postgres/handover.h"
#include "stream/postgres/ledger/ledger.h"
#include "stream/postgres/ledger/migrations.h"

namespace due::postgres {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
constexpr milliseconds first_wait{50}, longest_wait{2'000}, start_wait{60'000};

Connection::Options connection_options(const std::string& uri, const std::string& sink) { return {uri, "duestream sink " + sink}; }

// A server that starts, stops or recovers is given a minute; anything else ends the start at once.
template <class Try>
auto patiently(const std::atomic<bool>& stop, const runtime::Report& report, Try&& attempt) -> decltype(attempt()) {
  const auto until = Clock::now() + start_wait;
  while (true) {
    auto result = attempt();
    if (result || result.error().remedy != Remedy::retry || stop || Clock::now() > until) return result;
    report(runtime::Level::warning, "database.away", {{"why", result.error().what}});
    std::this_thread::sleep_for(first_wait * 10);
  }
}

}  // namespace

std::vector<std::string> sink_topics() {
  std::vector<std::string> topics;
  for (const Table& t : tables()) topics.push_back(t.topic);
  return topics;
}

Result<int> migrate_database(const std::string& uri) {
  auto connection = Connection::open(connection_options(uri, "migration"));
  if (!connection) return connection.error();
  return migrate(**connection, Migrate::apply);
}

// One run, from the first connection to the last batch.
class Sink::Course {
 public:
  explicit Course(Sink& sink) : sink_(sink) {}

  Result<SinkFigures> run() {
    if (Status found = find_targets(); !found) return found.error();
    auto attached = attach();
    if (!attached) return attached.error();
    auto feeder = Feeder::open(sink_.log_, feeder_options(), *attached);
    if (!feeder) return feeder.error();
    sink_.left_ = (*feeder)->left();
    say_attached(*attached);
    sink_.report_(runtime::Level::info, "sink.attached",
                  {{"name", sink_.options_.name}, {"tables", tables_.size()}, {"behind", sink_.left_.load()}});
    std::thread reading([this, &feeder] { read(**feeder); });
    const Status done = write_all(**feeder);
    sink_.stop_ = true;
    handover_.close();
    reading.join();
    if (ledger_->superseded()) sink_.superseded_ = true;
    if (!done) return done.error();
    return figures_;
  }

 private:
  Feeder::Options feeder_options() const {
    return {tables_,           targets_, sink_.options_.from_beginning, sink_.options_.until_caught_up, sink_.options_.batch_bytes,
            sink_.options_.linger};
  }

  Status find_targets() {
    const std::vector<std::string>& wanted = sink_.options_.topics;
    for (const std::string& topic : wanted)
      if (std::ranges::none_of(tables(), [&](const Table& t) { return t.topic == topic; }))
        return Error{Remedy::stop, "topic " + topic + " has no table; these have one: " + listed(sink_topics())};
    for (const Table& t : tables()) {
      if (!wanted.empty() && std::ranges::find(wanted, t.topic) == wanted.end()) continue;
      const std::string names[] = {sink_.options_.prefix + t.topic};
      auto infos = sink_.log_.describe(names);
      if (!infos) return infos.error();
      if (infos->empty()) {
        if (!wanted.empty()) return Error{Remedy::stop, "topic " + names[0] + " does not exist; check --log and --prefix"};
        continue;
      }
      for (std::int32_t p = 0; p < infos->front().partitions; ++p) targets_.push_back({tables_.size(), p, names[0], infos->front().id});
      tables_.push_back(&t);
    }
    if (tables_.empty())
      return Error{Remedy::stop, "none of the topics " + listed(sink_topics()) + " exists under prefix \"" + sink_.options_.prefix +
                                     "\"; check --log and --prefix"};
    return Done{};
  }

  static std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& n : names) text += (text.empty() ? "" : ", ") + n;
    return text;
  }

  Result<Attached> attach() {
    const Connection::Options options = connection_options(sink_.options_.uri, sink_.options_.name);
    return patiently(sink_.stop_, sink_.report_, [&]() -> Result<Attached> {
      auto connection = Connection::open(options);
      if (!connection) return connection.error();
      const auto migrated = migrate(**connection, sink_.options_.migrate ? Migrate::apply : Migrate::check);
      if (!migrated) return migrated.error();
      figures_.migrations += *migrated;
      if (*migrated > 0) sink_.report_(runtime::Level::info, "schema.migrated", {{"migrations", *migrated}});
      ledger_ = std::make_unique<Ledger>(Ledger::Options{options, sink_.options_.name, tables_}, std::move(*connection));
      auto attached = ledger_->attach(targets_);
      if (!attached || sink_.options_.features.empty()) return attached;
      if (Status described = ledger_->describe_features(sink_.options_.feature_schema, features()); !described) return described.error();
      return attached;
    });
  }

  Ledger::Features features() const {
    Ledger::Features f;
    for (const Feature& feature : sink_.options_.features) {
      f.names.push_back(feature.name);
      f.units.push_back(feature.unit);
      f.scales.push_back(feature.scale);
      f.meanings.push_back(feature.meaning);
    }
    return f;
  }

  void read(Feeder& feeder) {
    while (true) {
      Batch batch = feeder.next([this] { return handover_.idle(); }, sink_.stop_, handover_.spent());
      const bool over = batch.last || batch.failure;
      if (!handover_.put(std::move(batch)) || over) return;
    }
  }

  Status write_all(const Feeder& feeder) {
    while (true) {
      Batch batch = handover_.get();
      if (!batch.moves.empty()) {
        auto written = write(batch);
        if (!written) return written.error();
        if (!*written) return Done{};  // told to stop while the database was away: the log still has it
        note(batch, **written);
      }
      sink_.left_ = feeder.left();
      if (batch.failure) return *batch.failure;
      if (batch.last) return Done{};
      handover_.give_back(std::move(batch));
    }
  }

  void say_attached(const Attached& attached) {
    const std::lock_guard lock(sink_.mutex_);
    SinkStanding& s = sink_.standing_;
    s.attached = s.database_up = true;
    for (const Table* t : tables_) s.figures.rows[t->name] = 0;
    for (std::size_t i = 0; i < targets_.size(); ++i)
      s.places.push_back({targets_[i].log_topic, targets_[i].partition, std::max<std::int64_t>(0, attached.next[i])});
  }

  // Once per transaction.
  void say_written(const Batch& batch, std::chrono::microseconds took) {
    const std::lock_guard lock(sink_.mutex_);
    SinkStanding& s = sink_.standing_;
    s.figures = figures_;
    s.transactions.add(took);
    for (const Move& m : batch.moves)
      for (std::size_t i = 0; i < targets_.size(); ++i)
        if (targets_[i].table == m.table && targets_[i].partition == m.partition) s.places[i].next = m.till;
  }

  void say_database(bool up) {
    const std::lock_guard lock(sink_.mutex_);
    sink_.standing_.database_up = up;
    sink_.standing_.figures.waits = figures_.waits;
  }

  void note(const Batch& batch, const Written& written) {
    std::int64_t inserted = 0;
    for (std::size_t t = 0; t < tables_.size(); ++t) {
      figures_.rows[tables_[t]->name] += written.inserted[t];
      inserted += written.inserted[t];
    }
    figures_.inserted += inserted;
    figures_.repeated += written.repeated;
    ++figures_.transactions;
    sink_.rows_done_ += batch.rows();
    say_written(batch, took_);
    sink_.report_(runtime::Level::debug, "batch.written",
                  {{"rows", inserted}, {"repeats", written.repeated}});
  }

  static std::size_t bytes_of(const Batch& batch) {
    std::size_t n = 0;
    for (const Rows& r : batch.fresh) n += r.tuples.size();
    return n;
  }

  // Until it is written. Nothing: told to stop before that.
  Result<std::optional<Written>> write(const Batch& batch) {
    auto wait = first_wait;
    const auto since = Clock::now();
    sink_.report_(runtime::Level::debug, "batch.begin", {{"rows", batch.rows()}, {"bytes", bytes_of(batch)}});
    for (bool away = false;; away = true) {
      if (away) {
        if (sink_.stop_) return std::optional<Written>{};
        std::this_thread::sleep_for(wait);
        wait = std::min(wait * 2, longest_wait);
      }
      const auto began = Clock::now();
      const Status open = away ? ledger_->reopen() : Status(Done{});
      auto written = open ? ledger_->write(batch) : Result<Written>(open.error());
      if (written) {
        took_ = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began);
        if (away) report_back(since);
        if (away) say_database(true);
        return std::optional<Written>(*written);
      }
      if (written.error().remedy != Remedy::retry) return written.error();
      if (!away) ++figures_.waits;
      say_database(false);
      sink_.report_(runtime::Level::warning, "database.away",
                    {{"rows_waiting", batch.rows()}, {"next_try_ms", wait.count()}, {"why", written.error().what}});
    }
  }

  void report_back(Clock::time_point since) {
    const auto ms = std::chrono::duration_cast<milliseconds>(Clock::now() - since).count();
    sink_.report_(runtime::Level::warning, "database.back", {{"after_ms", ms}});
  }

  Sink& sink_;
  std::vector<const Table*> tables_;
  std::vector<Target> targets_;
  std::unique_ptr<Ledger> ledger_;
  Handover handover_;
  SinkFigures figures_;
  std::chrono::microseconds took_{0};  // the last transaction
};

Sink::Sink(log::Log& log, SinkOptions options, runtime::Report report)
    : log_(log), options_(std::move(options)), report_(std::move(report)) {}

SinkStanding Sink::standing() const {
  const std::lock_guard lock(mutex_);
  return standing_;
}

Result<SinkFigures> Sink::run() { return Course(*this).run(); }

}  // namespace due::postgres
