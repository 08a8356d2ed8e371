// stream/app/verbs/verbs.h
// The command line of every verb: its own options here, its settings from the table, its work in stream/cli.
//
//   Errors   none
//   Threads  none
#pragma once

#include "stream/app/verbs/session.h"

namespace due::app::verbs {

void add_run(Session& session);
void add_recover(Session& session);
void add_publish(Session& session);
void add_generate(Session& session);
void add_redrive(Session& session);
void add_sink(Session& session);
void add_migrate(Session& session);
void add_audit(Session& session);
void add_tail(Session& session);
void add_report(Session& session);
void add_inspect(Session& session);
void add_replay(Session& session);
void add_chronicle(Session& session);
void add_checkpoints(Session& session);
void add_topology(Session& session);
void add_features(Session& session);
void add_metrics(Session& session);
void add_config(Session& session);
void add_topics(Session& session);

// Groups of duestream --help, in the order in which they appear there.
inline constexpr char prepare[] = "Prepare", feed[] = "Feed", decide[] = "Decide", look[] = "Look", prove[] = "Prove";

}  // namespace due::app::verbs
