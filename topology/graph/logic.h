// topology/graph/logic.h
// The seam between what we decide and how it runs: a subtopology's logic is handed one step at a time and a Context.
//
//   Shape    a step is one record of one input, or one tick; its outputs go to the partition of their key
//   Clock    none: Tick carries task time and the wall clock that the worker recorded
//   Threads  owned by one task
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "schemas/base/event_time.h"
#include "schemas/base/header_view.h"
#include "schemas/codec/event_decoder.h"
#include "schemas/codec/reason.h"
#include "schemas/events/events.h"
#include "schemas/events/master.h"
#include "state/api/object.h"

namespace due::topology {

// A record as it lies in its input.
struct InputRecord {
  std::uint16_t input = 0;  // index into the subtopology's inputs, behind them its broadcast ones
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  EventTime timestamp;
  std::optional<std::string_view> key, value;
  std::span<const HeaderView> headers;
};

// A record decoded once, ahead of its step: merging inputs needs its event time.
struct Prepared {
  InputRecord record;
  std::variant<events::Event, codec::Refusal, std::unique_ptr<const events::MasterEvent>> content;
  bool history = false;    // judged as of its own time, not as of the wall clock
  bool broadcast = false;  // of a broadcast input: every task is told, its key says nothing, and it does not move task time

  // Undecodable records go first: they must not hold up the merge, and nothing waits for them.
  EventTime order() const {
    if (const auto* event = std::get_if<events::Event>(&content)) return event->time;
    const auto* master = std::get_if<std::unique_ptr<const events::MasterEvent>>(&content);
    return master != nullptr ? (*master)->time : EventTime::earliest();
  }
};

struct Tick {
  EventTime time;  // task time T, monotone
  EventTime wall;  // the worker's clock when it made the tick
};

// What became of records: inputs = done + duplicates + conflicts + dead_letters + parked, always.
struct Tally {
  std::int64_t inputs = 0;
  std::int64_t done = 0;  // decided (documents), applied (master data), answered (internal)
  std::int64_t duplicates = 0, conflicts = 0, dead_letters = 0, parked = 0;
  Tally plus(const Tally& o, std::int64_t sign = 1) const {
    return {inputs + sign * o.inputs,       done + sign * o.done,                 duplicates + sign * o.duplicates,
            conflicts + sign * o.conflicts, dead_letters + sign * o.dead_letters, parked + sign * o.parked};
  }
};

// Of a task. Documents (invoices, payments, usage) are decided on; master data has a sum of its own, and what tasks tell each other.
struct Counts {
  Tally documents, master, internal;
  std::array<std::int64_t, codec::reason_count> dead_letters{};  // by reason: whatever went there, conflicts and given-up ones too

  Counts plus(const Counts& o, std::int64_t sign = 1) const {
    Counts sum{documents.plus(o.documents, sign), master.plus(o.master, sign), internal.plus(o.internal, sign), dead_letters};
    for (std::size_t i = 0; i < sum.dead_letters.size(); ++i) sum.dead_letters[i] += sign * o.dead_letters[i];
    return sum;
  }
  void add(const Counts& o) { *this = plus(o); }
  Counts minus(const Counts& o) const { return plus(o, -1); }
};

class Context {
 public:
  virtual ~Context() = default;
  // `output` is an index into the subtopology's outputs. Copies what it is given. False: it is larger than the topic takes, and
  // nothing was emitted; the caller must emit something smaller in its place.
  [[nodiscard]] virtual bool emit(std::uint16_t output, std::optional<std::string_view> key, std::optional<std::string_view> value,
                                  std::span<const HeaderView> headers) = 0;
  virtual const Tick& now() const = 0;
  virtual state::ObjectStore& store() = 0;
  virtual Counts& counts() = 0;
};

class Logic {
 public:
  virtual ~Logic() = default;
  // Pure and stateless but for the decoder's buffers. Strings that had to be unescaped live in `arena`.
  virtual void prepare(Prepared& record, std::deque<std::string>& arena) = 0;
  virtual void on_record(const Prepared& record, Context& context) = 0;
  virtual void on_tick(const Tick& tick, Context& context) = 0;
  virtual bool due_by(EventTime time) const = 0;  // would a tick at that task time do anything?
  // Hashes of the keys of objects that a step will ask for, so that they can be fetched ahead: by the key of its record, which everyone
  // has, and by what was decoded. 0: not known. For speed alone: a wrong one does no harm.
  virtual std::uint64_t object_of(const InputRecord&) const { return 0; }
  virtual std::uint64_t document_of(const Prepared&) const { return 0; }
  // Rebuilds what the logic keeps beside the store (the timers' index) after the store was opened.
  virtual void restore(state::ObjectStore& store) = 0;
};

}  // namespace due::topology
