// tests/crash/ignore_counts.cc
// Preloaded into duestream it takes out the rule that one TxnOffsetCommit and one EndTxn make a clean transaction: of each the first
// one per transaction is told to whoever counts, and a repetition is not. tests/crash/rounds.sh --unprotected shows that its late
// requests then do harm; an attack that harms nobody would prove nothing.
#include <dlfcn.h>
#include <librdkafka/rdkafka.h>

#include <map>
#include <memory>
#include <mutex>
#include <set>

namespace {

constexpr std::int16_t api_end_txn = 26, api_txn_offset_commit = 28;

struct Counter {
  rd_kafka_interceptor_f_on_request_sent_t* told = nullptr;
  void* opaque = nullptr;
  std::set<std::int16_t> sent;
};

std::mutex mutex;
std::map<const rd_kafka_t*, std::unique_ptr<Counter>> counters;  // a client that is gone leaves its own behind

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

rd_kafka_resp_err_t tell_first(rd_kafka_t* client, int socket, const char* broker, std::int32_t id, std::int16_t api, std::int16_t version,
                               std::int32_t correlation, size_t size, void* opaque) {
  auto& counter = *static_cast<Counter*>(opaque);
  {
    const std::lock_guard lock{mutex};
    if ((api == api_end_txn || api == api_txn_offset_commit) && !counter.sent.insert(api).second) return RD_KAFKA_RESP_ERR_NO_ERROR;
  }
  return counter.told(client, socket, broker, id, api, version, correlation, size, counter.opaque);
}

}  // namespace

extern "C" rd_kafka_resp_err_t rd_kafka_interceptor_add_on_request_sent(rd_kafka_t* client, const char* name,
                                                                        rd_kafka_interceptor_f_on_request_sent_t* told, void* opaque) {
  const std::lock_guard lock{mutex};
  auto& counter = counters[client] = std::make_unique<Counter>(Counter{told, opaque, {}});
  return real<decltype(rd_kafka_interceptor_add_on_request_sent)>("rd_kafka_interceptor_add_on_request_sent")(client, name, tell_first,
                                                                                                            counter.get());
}

extern "C" rd_kafka_error_t* rd_kafka_begin_transaction(rd_kafka_t* client) {
  {
    const std::lock_guard lock{mutex};
    if (const auto found = counters.find(client); found != counters.end()) found->second->sent.clear();
  }
  return real<decltype(rd_kafka_begin_transaction)>("rd_kafka_begin_transaction")(client);
}
