#include "stream/cli/watched/sink_pages.h"

#include "stream/metrics/process.h"
#include "stream/metrics/sink.h"

namespace due::cli {

std::vector<LagMeter::Place> places_of(const postgres::SinkStanding& sink) {
  std::vector<LagMeter::Place> places;
  for (const postgres::SinkStanding::Place& p : sink.places) places.push_back({"", {p.topic, p.partition}, p.next, false});
  return places;
}

http::Answer ready(const postgres::SinkStanding& sink) {
  if (!sink.attached) return {503, "{\"ready\":false,\"why\":[\"it is not attached to the database yet\"]}\n"};
  if (!sink.database_up) return {503, "{\"ready\":false,\"why\":[\"the database is away; it is tried again\"]}\n"};
  return {200, "{\"ready\":true}\n"};
}

http::Server::Pages sink_pages(const std::string& name, const postgres::Sink& sink, const LagMeter& meter) {
  http::Server::Pages pages;
  pages["/health/live"] = [] { return http::Answer{200, "{\"live\":true}\n"}; };
  pages["/health/ready"] = [&sink] { return ready(sink.standing()); };
  pages["/metrics"] = [name, &sink, &meter] {
    const postgres::SinkStanding s = sink.standing();
    metrics::Page page;
    const metrics::SinkFacts facts{DUE_VERSION,     name, s.figures.rows, s.figures.repeated, s.figures.waits, s.transactions,
                                   s.attached && s.database_up};
    metrics::add_sink(page, facts, meter.lags());
    metrics::add_process(page);
    return http::Answer{200, page.text(), metrics::content_type};
  };
  return pages;
}

}  // namespace due::cli
