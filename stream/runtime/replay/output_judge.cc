#include "stream/runtime/replay/output_judge.h"

#include "schemas/codec/output/output_mark.h"

namespace due::runtime {

Result<OutputJudge> OutputJudge::open(log::Log& log, Options options, const Task& task) {
  auto emitted = Emitted::open(log, task.name(), options.queue_bytes_max);
  if (!emitted) return emitted.error();
  return OutputJudge(std::move(options), task, std::move(*emitted));
}

Status OutputJudge::judge(const ChronicleRecord& record, const Machine::Taken& taken) {
  batch_ = record.seq;
  for (const log::OutputRecord& derived : taken.buffer->records)
    if (Status compared = compare(derived); !compared) {
      failed_ = true;
      return compared;
    }
  return Done{};
}

Result<OutputJudge::Place*> OutputJudge::place_of(const log::OutputRecord& derived) {
  Place& place = places_[{derived.topic, derived.partition}];
  if (place.source == nullptr) {
    const auto mark = OutputMark::of(derived.headers);
    check(mark.has_value(), "a derived output without its mark");
    const OutputTarget& target = task_->outputs()[static_cast<std::size_t>(derived.topic - task_->first_output())];
    auto source = emitted_.at({target.topic, derived.partition}, mark->seq);
    if (!source) return source.error();
    place = {*source, mark->seq};
  }
  return &place;
}

OutputJudge::Writer OutputJudge::writer_of(const log::Record& emitted) const {
  const auto mark = OutputMark::of(emitted.headers);
  if (!mark) return {};
  if (mark->task == task_->name()) return {Whose::this_tasks, mark->seq};
  return {options_.is_task(mark->task) ? Whose::another_tasks : Whose::nobodys, mark->seq};
}

Status OutputJudge::compare(const log::OutputRecord& derived) {
  auto at = place_of(derived);
  if (!at) return at.error();
  Place& place = **at;
  ++compared_;
  while (true) {
    auto head = emitted_.head(*place.source);
    if (!head) return head.error();
    if (*head == nullptr) {
      if (Status told = missing(place, derived); !told) return told;
      break;
    }
    auto settled = settle(place, derived, **head);
    if (!settled) return settled.error();
    if (*settled) break;
  }
  ++place.number;
  return Done{};
}

// Does the emitted record say what became of the derived one? Otherwise it was passed over.
Result<bool> OutputJudge::settle(Place& place, const log::OutputRecord& derived, const log::Record& emitted) {
  if (same(derived, emitted)) {
    place.source->of_task = true;
    emitted_.take(*place.source);
    return true;
  }
  Writer writer = writer_of(emitted);
  if (writer.whose == Whose::another_tasks) {
    emitted_.take(*place.source);
    return false;
  }
  // Whose mark alone was changed is still the record at this place.
  if (writer.whose == Whose::nobodys && derived.key == emitted.key && derived.value == emitted.value)
    writer = {Whose::this_tasks, place.number};
  if (writer.whose == Whose::this_tasks && writer.number > place.number) {
    if (Status told = missing(place, derived); !told) return told.error();
    return true;
  }
  if (writer.whose == Whose::nobodys || writer.number < place.number) {
    additional(place, emitted);
    emitted_.take(*place.source);
    return false;
  }
  auto differs = difference_of(derived, emitted);
  check(differs.has_value(), "two records are neither equal nor different");
  note({batch_, place.source->partition.topic, place.source->partition.partition, emitted.offset.value, place.number,
        std::move(differs->field), std::move(differs->derived), std::move(differs->emitted)});
  place.source->of_task = true;
  emitted_.take(*place.source);
  return true;
}

Status OutputJudge::missing(const Place& place, const log::OutputRecord& derived) {
  const Emitted::Source& s = *place.source;
  if (!s.of_task && s.start > 0)
    return Error{Remedy::stop, "task " + task_->name() + ": output " + std::to_string(place.number) + " of batch " +
                                   std::to_string(batch_) + " is no longer kept: " + s.partition.topic + "/" +
                                   std::to_string(s.partition.partition) + " begins at offset " + std::to_string(s.start) +
                                   "; replay from a checkpoint behind it (--from checkpoint)"};
  note({batch_, s.partition.topic, s.partition.partition, -1, place.number, "missing", std::string(derived.value.value_or("(null)")), ""});
  return Done{};
}

void OutputJudge::additional(const Place& place, const log::Record& emitted) {
  note({batch_, place.source->partition.topic, place.source->partition.partition, emitted.offset.value, -1, "additional", "",
        std::string(emitted.value.value_or("(null)"))});
}

void OutputJudge::note(Difference difference) {
  if (differences_++ == 0) first_ = std::move(difference);
}

Status OutputJudge::finish(const OutputEnds& ends) {
  for (auto& [where, place] : places_) {
    const auto end = ends.find(place.source->partition);
    if (end == ends.end()) continue;
    while (true) {
      auto head = emitted_.head(*place.source);
      if (!head) return head.error();
      if (*head == nullptr || (*head)->offset.value >= end->second) break;
      if (writer_of(**head).whose != Whose::another_tasks) additional(place, **head);
      emitted_.take(*place.source);
    }
  }
  return Done{};
}

}  // namespace due::runtime
