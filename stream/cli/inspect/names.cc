#include "stream/cli/inspect/names.h"

#include "schemas/codec/event_decoder.h"

namespace due::cli {
namespace {

// Takes the names that an event says.
class NameTaker {
 public:
  explicit NameTaker(const NameSearch& search) : owner_(search.customer), missing_(search.wanted) {}

  void take(const log::Record& r) {
    std::deque<std::string> arena;
    const auto decoded = decoder_.decode(r.value, r.headers, arena);
    if (const auto* event = std::get_if<events::Event>(&decoded)) std::visit([this](const auto& data) { say(data); }, event->data);
  }
  bool complete() const { return missing_.empty(); }
  Names& names() { return names_; }

 private:
  void invoice(std::string_view id) {
    if (!id.empty()) found(owner_.invoice(id).id, id);
  }
  void payment(std::string_view id) { found(owner_.payment(id).id, id); }
  void found(Hash128 document, std::string_view id) {
    if (missing_.erase(document) > 0) names_.emplace(document, id);
  }
  void say(const events::InvoiceIssued& d) { invoice(d.invoice_id); }
  void say(const events::InvoiceCorrected& d) { invoice(d.invoice_id); }
  void say(const events::InvoiceCancelled& d) { invoice(d.invoice_id); }
  void say(const events::InvoiceCredited& d) { invoice(d.invoice_id); }
  void say(const events::PaymentReceived& d) {
    payment(d.payment_id);
    invoice(d.invoice_id);
  }
  void say(const events::PaymentReversed& d) { payment(d.payment_id); }
  void say(const events::UsageRecorded&) {}

  codec::EventDecoder decoder_;
  topology::Owner owner_;
  Documents missing_;
  Names names_;
};

}  // namespace

Result<Names> find_names(log::Log& log, const NameSearch& search) {
  NameTaker taker(search);
  for (const std::string& topic : search.topics) {
    if (taker.complete()) break;
    auto bounds = log.bounds({topic, search.partition}, log::Isolation::read_committed);
    if (!bounds) return bounds.error();
    const auto read = scan_back(
        log, topic, {search.partition, bounds->start.value, bounds->end.value}, search.look_back_max,
        [&](std::int32_t, const log::Record& r) {
          if (r.key == search.customer) taker.take(r);
          return Next::go_on;
        },
        [&taker] { return taker.complete() ? Next::stop : Next::go_on; });
    if (!read) return read.error();
  }
  return std::move(taker.names());
}

}  // namespace due::cli
