// stream/cli/wire.h
// What verbs need of the outside, without naming who provides it: stream/app/wire.cc does.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "state/api/rows.h"
#include "stream/cli/topics/plan.h"
#include "stream/log/log.h"
#include "stream/runtime/telling/report.h"
#include "topology/graph/description.h"

namespace due::cli {

enum class Access {
  write,    // an embedded log is made where there is none
  read,     // one that is not there is an error
  foresee,  // to read, and one that is not there is empty; nothing is made
};

// Which log, and what goes with it.
struct LogChoice {
  std::string uri;  // kafka:HOST:PORT[,HOST:PORT] or embedded:DIR
  std::string prefix;
  int connect_timeout_ms = 10'000;
  std::string group;           // that our user has a right on; empty: none
  bool create_topics = false;                             // implied by embedded:
  std::string topics_file;                                // over deploy/topics.yaml
  topics::Plan topics;                                    // both together
  std::int32_t partitions = 0, replicas = 0;              // of topics that are created; 0: as topics::Place says
  std::map<std::string, std::string> kafka_properties;    // librdkafka's names
  std::map<std::string, std::string> kafka_secret_files;  // property -> file that holds its value
  std::map<std::string, std::string> kafka_secrets;       // property -> what that file held
  std::size_t reader_bytes = 64U << 20;      // that a reader fetches ahead
  std::size_t producer_bytes = 1U << 30;     // of records that are being sent
};

// Which application, and who in it.
struct AppChoice {
  std::string name = "duestream";  // consumer group and prefix of transactional ids
  std::string slot = "0";          // this process: stable over restarts, unique among living processes
  std::string log_level = "warning";
  std::string log_format = "text";  // or json
  std::string listen;               // HOST:PORT of metrics and health; empty: as docs/configuration.md says; "off"
};

// Whose state a directory holds. Another one's is never opened.
struct StateOwner {
  std::string cluster, app, prefix;
};

// Where checkpoints go, how often, how many of a task are kept.
struct CheckpointChoice {
  std::string to;  // a directory; nothing: none are taken
  int every_ms = 300'000;
  int keep = 3;
};

struct StateChoice {
  std::string directory = ".state";
  std::size_t block_bytes = 128U << 20;  // blocks of all tasks
  CheckpointChoice checkpoints;
};

class RowsFactory {
 public:
  virtual ~RowsFactory() = default;
  virtual Result<std::unique_ptr<state::RowStore>> open(const std::string& task) = 0;
  virtual void finish() {}  // no task is open any more: the last checkpoints are taken
};

class Wire {
 public:
  virtual ~Wire() = default;
  virtual Result<std::unique_ptr<log::Log>> open_log(const LogChoice& choice, Access access) = 0;
  virtual Result<std::unique_ptr<RowsFactory>> open_state(const StateChoice& choice, const StateOwner& owner,
                                                          const runtime::Report& report) = 0;
  // To look only, also at what another process owns: changes stay in memory, and a task without rows begins with none.
  virtual std::unique_ptr<RowsFactory> view_state(const std::string& directory, std::size_t memory_bytes) = 0;
  virtual const topology::Description& topology() = 0;
  virtual std::string logic_version(const topology::LogicOptions& options) = 0;  // 16 hex digits
  virtual runtime::Report report(const AppChoice& choice) = 0;                   // to stderr, as its log_level and log_format say
};

// Exit codes, the same for every verb.
enum Exit : int {
  ok = 0,
  failed = 1,  // stopped by an error, which names what to do
  usage = 2,   // wrong command line or configuration; nothing was done
  superseded = 3,  // a newer process took our place: do not start this one again
};

int complain(const Error& error);                             // prints it to stderr, returns Exit::failed
int complain(const std::vector<std::string>& configuration);  // what is wrong with it, a line each; returns Exit::usage

// The end of a verb that has read from Kafka: all that counts is committed and durable by now. librdkafka's consumer can hang in its close
// while the group rebalances (librdkafka #4527), so the process ends here as if it crashed, which costs nothing. Else returns `code`.
int leave(const LogChoice& log, int code);

}  // namespace due::cli
