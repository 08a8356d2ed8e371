#include "stream/app/verbs/verbs.h"
#include "stream/app/wire.h"

// Read by jemalloc before main (docs/decisions/0017-huge-pages.md); MALLOC_CONF in the environment has the last word.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "thp:always,oversize_threshold:0";
}

int main(int argc, char** argv) {
  using namespace due::app;
  const std::unique_ptr<due::cli::Wire> wire = make_wire();
  verbs::Session session(*wire);
  verbs::add_config(session);
  verbs::add_topics(session);
  verbs::add_generate(session);
  verbs::add_publish(session);
  verbs::add_redrive(session);
  verbs::add_run(session);
  verbs::add_recover(session);
  verbs::add_sink(session);
  verbs::add_migrate(session);
  verbs::add_tail(session);
  verbs::add_report(session);
  verbs::add_audit(session);
  verbs::add_inspect(session);
  verbs::add_replay(session);
  verbs::add_chronicle(session);
  verbs::add_checkpoints(session);
  verbs::add_topology(session);
  verbs::add_features(session);
  verbs::add_metrics(session);
  return session.run(argc, argv);
}
