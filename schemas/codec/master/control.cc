// Topic controls.
#include <array>

#include "schemas/codec/master/topic_codec.h"

namespace due::codec {
namespace {

enum class Field : FieldIndex {
  control_id = first_own_field, actor, reason, legal_entity_id, period, check, series, topic, partition, offset, purpose, model_sha256,
  from, to, known_at, mode,
};
constexpr std::array<std::string_view, 16> names = {"control_id", "actor", "reason", "legal_entity_id", "period", "check", "series",
                                                    "topic", "partition", "offset", "purpose", "model_sha256", "from", "to",
                                                    "known_at", "mode"};
constexpr Vocabulary vocabulary{names, {.instants = set_of(Field::known_at), .decimals = 0, .items = 0}};
static_assert(vocabulary.find("mode") == index_of(Field::mode));

using enum Need;
constexpr std::array shared_rules = {Rule{Field::control_id, Check::id, required}, Rule{Field::actor, Check::id, required},
                                     Rule{Field::reason, Check::filled_text, required}};
constexpr std::array period_rules = {Rule{Field::legal_entity_id, Check::id, required}, Rule{Field::period, Check::month, required}};
constexpr std::array waiver_rules = {Rule{Field::legal_entity_id, Check::id, required}, Rule{Field::period, Check::month, required},
                                     Rule{Field::check, Check::id, required}};
constexpr std::array series_rules = {Rule{Field::legal_entity_id, Check::id, required}, Rule{Field::series, Check::id, required}};
constexpr std::array skip_rules = {Rule{Field::topic, Check::id, required}, Rule{Field::partition, Check::partition, required},
                                   Rule{Field::offset, Check::position, required}};
constexpr std::array model_rules = {Rule{Field::purpose, Check::id, required}, Rule{Field::model_sha256, Check::sha256, required}};
constexpr std::array rerun_rules = {Rule{Field::legal_entity_id, Check::id, required}, Rule{Field::from, Check::date, required},
                                    Rule{Field::to, Check::date, required}, Rule{Field::known_at, Check::instant, optional},
                                    Rule{Field::mode, Check::choice, required, "preview post"}};

enum TypeIndex : std::size_t {
  close_requested, reopen_requested, check_waived, series_suspended, series_resumed, record_skipped, model_activated, rerun_ordered
};
constexpr std::array<TopicCodec::Type, 8> type_table = {{{"due.control.close-requested.v1", shared_rules, period_rules},
                                                         {"due.control.reopen-requested.v1", shared_rules, period_rules},
                                                         {"due.control.check-waived.v1", shared_rules, waiver_rules},
                                                         {"due.control.series-suspended.v1", shared_rules, series_rules},
                                                         {"due.control.series-resumed.v1", shared_rules, series_rules},
                                                         {"due.control.record-skipped.v1", shared_rules, skip_rules},
                                                         {"due.control.model-activated.v1", shared_rules, model_rules},
                                                         {"due.control.rerun-ordered.v1", shared_rules, rerun_rules}}};

class ControlCodec final : public TopicCodec {
 public:
  const Vocabulary& words() const override { return vocabulary; }
  std::span<const TopicCodec::Type> types() const override { return type_table; }

  std::optional<Refusal> check_agreement(std::size_t type, const Fields& fields) const override {
    return type == rerun_ordered ? check_days(fields, Field::from, Field::to, vocabulary) : std::nullopt;
  }

  events::MasterData build(std::size_t type, const Fields& fields) override {
    const Facts f{fields};
    return events::Control{f.text(Field::control_id), f.text(Field::actor), f.text(Field::reason),
                           order(static_cast<TypeIndex>(type), fields)};
  }

 private:
  static decltype(events::Control::order) order(TypeIndex type, const Fields& fields) {
    using namespace events;
    const Facts f{fields};
    const std::string entity = f.text(Field::legal_entity_id);
    switch (type) {
      case close_requested: return CloseRequested{entity, f.date(Field::period)};
      case reopen_requested: return ReopenRequested{entity, f.date(Field::period)};
      case check_waived: return CheckWaived{entity, f.date(Field::period), f.text(Field::check)};
      case series_suspended: return SeriesSuspended{entity, f.text(Field::series)};
      case series_resumed: return SeriesResumed{entity, f.text(Field::series)};
      case record_skipped:
        return RecordSkipped{f.text(Field::topic), static_cast<std::int32_t>(f.integer(Field::partition)), f.integer(Field::offset)};
      case model_activated: return ModelActivated{f.text(Field::purpose), f.text(Field::model_sha256)};
      case rerun_ordered: break;
    }
    RerunOrdered r{entity, f.date(Field::from), f.date(Field::to), std::nullopt, f.choice(Field::mode, RerunOrdered::Mode::preview)};
    if (fields.has(Field::known_at)) r.known_at = EventTime{f.integer(Field::known_at)};
    return r;
  }
};

}  // namespace

std::unique_ptr<TopicCodec> control_codec() { return std::make_unique<ControlCodec>(); }

}  // namespace due::codec
