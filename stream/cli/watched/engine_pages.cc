#include "stream/cli/watched/engine_pages.h"

#include "schemas/codec/json_writer.h"
#include "stream/metrics/process.h"

namespace due::cli {
namespace {

// Longer than anything that a worker waits for in one turn: an answer to a commit, 30 s, and the reopening behind it.
constexpr std::chrono::microseconds turn_max{120'000'000};

constexpr int service_unavailable = 503;

void write_task(codec::JsonWriter& json, const runtime::TaskStanding& t) {
  json.begin_object().key("task").value(t.task).key("ready").raw(t.why_not.empty() ? "true" : "false").key("stage").value(t.stage);
  if (!t.why_not.empty()) json.key("why").value(t.why_not);
  json.end_object();
}

http::Answer answer(const char* what, const std::vector<std::string>& why_not, const std::function<void(codec::JsonWriter&)>& more) {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object().key(what).raw(why_not.empty() ? "true" : "false");
  if (!why_not.empty()) {
    json.key("why").begin_array();
    for (const std::string& w : why_not) json.value(w);
    json.end_array();
  }
  more(json);
  json.end_object();
  out += '\n';
  return {why_not.empty() ? 200 : service_unavailable, out, "application/json"};
}

}  // namespace

std::vector<LagMeter::Place> places_of(const std::vector<runtime::WorkerStanding>& workers) {
  std::vector<LagMeter::Place> places;
  for (const runtime::WorkerStanding& w : workers)
    for (const runtime::TaskStanding& t : w.tasks)
      for (const runtime::InputStanding& i : t.inputs) places.push_back({t.task, {i.topic, i.partition}, i.next, i.at_end});
  for (const runtime::WorkerStanding& w : workers)
    for (const runtime::StandbyStanding& t : w.standbys)
      for (const runtime::InputStanding& i : t.inputs) places.push_back({t.task, {i.topic, i.partition}, i.next, i.at_end, true});
  return places;
}

http::Answer live(const std::vector<runtime::WorkerStanding>& workers, std::chrono::microseconds now) {
  std::vector<std::string> why_not;
  for (const runtime::WorkerStanding& w : workers)
    if (w.at.count() > 0 && now - w.at > turn_max)
      why_not.push_back("worker " + w.instance + " has been in one turn for " + std::to_string((now - w.at).count() / 1'000'000) +
                        " s; restart the process");
  return answer("live", why_not, [](codec::JsonWriter&) {});
}

http::Answer ready(const std::vector<runtime::WorkerStanding>& workers) {
  std::vector<std::string> why_not;
  for (const runtime::WorkerStanding& w : workers) {
    if (!w.member)
      why_not.push_back(w.instance.empty() ? "a worker starts" : "worker " + w.instance + " is not a member of the group (yet)");
    for (const runtime::TaskStanding& t : w.tasks)
      if (!t.why_not.empty()) why_not.push_back("task " + t.task + " " + t.why_not);
  }
  return answer("ready", why_not, [&workers](codec::JsonWriter& json) {
    json.key("tasks").begin_array();
    for (const runtime::WorkerStanding& w : workers)
      for (const runtime::TaskStanding& t : w.tasks) write_task(json, t);
    json.end_array();
  });
}

http::Server::Pages engine_pages(metrics::EngineFacts facts, Standings standings, log::Log& log, const LagMeter& meter) {
  facts.version = DUE_VERSION;
  http::Server::Pages pages;
  pages["/health/live"] = [standings, &log] { return live(standings(), log.time().monotonic()); };
  pages["/health/ready"] = [standings] { return ready(standings()); };
  pages["/metrics"] = [facts = std::move(facts), standings, &meter] {
    metrics::Page page;
    metrics::add_engine(page, facts, standings(), meter.lags());
    metrics::add_process(page);
    return http::Answer{200, page.text(), metrics::content_type};
  };
  return pages;
}

}  // namespace due::cli
