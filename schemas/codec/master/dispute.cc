// Topic disputes.
#include <array>

#include "schemas/codec/master/topic_codec.h"

namespace due::codec {
namespace {

enum class Field : FieldIndex {
  customer_id = first_own_field, dispute_id, invoice_id, line_id, opened_on, decided_on, currency, amount_minor, reason_code, actor, reason
};
constexpr std::array<std::string_view, 11> names = {"customer_id", "dispute_id", "invoice_id", "line_id", "opened_on", "decided_on",
                                                    "currency", "amount_minor", "reason_code", "actor", "reason"};
constexpr Vocabulary vocabulary{names, {}};
static_assert(vocabulary.find("reason") == index_of(Field::reason));

using enum Need;
constexpr std::array opened_rules = {
    Rule{Field::customer_id, Check::id, required},      Rule{Field::dispute_id, Check::id, required},
    Rule{Field::invoice_id, Check::id, required},       Rule{Field::opened_on, Check::date, required},
    Rule{Field::currency, Check::currency, required},   Rule{Field::amount_minor, Check::positive_amount, required},
    Rule{Field::line_id, Check::id_or_empty, optional}, Rule{Field::reason_code, Check::id_or_empty, optional}};
constexpr std::array decided_rules = {Rule{Field::customer_id, Check::id, required}, Rule{Field::dispute_id, Check::id, required},
                                      Rule{Field::decided_on, Check::date, required}, Rule{Field::actor, Check::id, required},
                                      Rule{Field::reason, Check::filled_text, required}};
constexpr std::array approved_rules = {Rule{Field::currency, Check::currency, required},
                                       Rule{Field::amount_minor, Check::positive_amount, required}};

enum TypeIndex : std::size_t { opened, approved, rejected };
constexpr std::array<TopicCodec::Type, 3> type_table = {{{"due.dispute.opened.v1", opened_rules},
                                                         {"due.dispute.approved.v1", decided_rules, approved_rules},
                                                         {"due.dispute.rejected.v1", decided_rules}}};

class DisputeCodec final : public TopicCodec {
 public:
  const Vocabulary& words() const override { return vocabulary; }
  std::span<const TopicCodec::Type> types() const override { return type_table; }
  std::optional<Refusal> check_agreement(std::size_t, const Fields&) const override { return std::nullopt; }

  events::MasterData build(std::size_t type, const Fields& fields) override {
    const Facts f{fields};
    if (type == opened)
      return events::DisputeOpened{f.text(Field::customer_id),     f.text(Field::dispute_id),    f.text(Field::invoice_id),
                                   f.text(Field::line_id),         f.date(Field::opened_on),     f.currency(Field::currency),
                                   f.integer(Field::amount_minor), f.text(Field::reason_code)};
    if (type == approved)
      return events::DisputeApproved{f.text(Field::customer_id),     f.text(Field::dispute_id), f.date(Field::decided_on),
                                     f.currency(Field::currency),    f.integer(Field::amount_minor), f.text(Field::actor),
                                     f.text(Field::reason)};
    return events::DisputeRejected{f.text(Field::customer_id), f.text(Field::dispute_id), f.date(Field::decided_on), f.text(Field::actor),
                                   f.text(Field::reason)};
  }
};

}  // namespace

std::unique_ptr<TopicCodec> dispute_codec() { return std::make_unique<DisputeCodec>(); }

}  // namespace due::codec
