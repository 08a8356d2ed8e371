#include "stream/cli/topics/topics.h"

#include <cstdio>

#include "schemas/codec/json_writer.h"
#include "stream/cli/topics/start.h"
#include "stream/cli/topics/table.h"

namespace due::cli {
namespace {

using namespace topics;

Result<Infos> look(log::Log& log, const TopicsArguments& a) { return log.describe(names_of(a.log.topics, place_of(a.log))); }

// Says what differs, a line each.
int judge(const std::vector<Difference>& found, std::size_t topics) {
  for (const Difference& d : found) std::fprintf(stderr, "duestream: %s\n", d.text().c_str());
  if (!found.empty()) return Exit::failed;
  std::printf("%zu topics: all as planned\n", topics);
  return Exit::ok;
}

}  // namespace

int plan_topics(const TopicsArguments& a, Wire& wire) {
  auto log = wire.open_log(a.log, Access::foresee);
  if (!log) return complain(log.error());
  const auto infos = look(**log, a);
  if (!infos) return complain(infos.error());
  const Place place = place_of(a.log);
  std::fputs((a.json ? as_json(a.log.topics, *infos, place) : as_table(a.log.topics, *infos, place)).c_str(), stdout);
  return Exit::ok;
}

int create_topics(const TopicsArguments& a, Wire& wire) {
  auto log = wire.open_log(a.log, Access::write);
  if (!log) return complain(log.error());
  const auto created = create_missing(**log, a.log.topics, place_of(a.log));
  if (!created) return complain(created.error());
  for (const std::string& name : *created) std::printf("created %s\n", name.c_str());
  const auto infos = look(**log, a);
  if (!infos) return complain(infos.error());
  return judge(differences(a.log.topics, *infos, place_of(a.log)), a.log.topics.topics.size());
}

int check_topics(const TopicsArguments& a, Wire& wire) {
  auto log = wire.open_log(a.log, Access::read);
  if (!log) return complain(log.error());
  const auto infos = look(**log, a);
  if (!infos) return complain(infos.error());
  if (!a.json) return judge(differences(a.log.topics, *infos, place_of(a.log)), a.log.topics.topics.size());
  std::fputs(as_json(a.log.topics, *infos, place_of(a.log)).c_str(), stdout);
  return differences(a.log.topics, *infos, place_of(a.log)).empty() ? Exit::ok : Exit::failed;
}

int print_acls(const TopicsArguments& a) {
  if (place_of(a.log).admin.empty())
    return complain({"log.uri = " + a.log.uri + ": an embedded log has no rights to give; name a cluster: kafka:HOST:PORT"});
  std::string principal;
  for (const Grant& g : grants(a.log.topics, place_of(a.log), a.app.name, a.principals)) {
    if (g.principal != principal) std::printf("%s# %s\n", principal.empty() ? "" : "\n", g.principal.c_str());
    principal = g.principal;
    std::printf("# %s\n%s\n", g.why.c_str(), g.command.c_str());
  }
  return Exit::ok;
}

}  // namespace due::cli
