// redrive: dead letters back into their input topics.
#include "schemas/codec/reason.h"
#include "stream/app/verbs/verbs.h"
#include "stream/cli/redrive/redrive.h"

namespace due::app::verbs {
namespace {

// A day begins with its first instant.
std::optional<EventTime> instant_of(const std::string& text) {
  if (const auto day = parse_date(text)) return start_of(*day);
  return parse_time(text);
}
std::string check_instant(const std::string& text) {
  return instant_of(text) ? "" : "\"" + text + "\" is neither a date such as 2025-03-01 nor an instant such as 2025-03-01T12:30:00Z";
}

std::vector<std::string> codes() {
  std::vector<std::string> all;
  for (std::size_t reason = 0; reason < codec::reason_count; ++reason)
    all.emplace_back(codec::reason_code(static_cast<codec::Reason>(reason)));
  return all;
}

struct Given {
  cli::RedriveArguments arguments;
  std::vector<std::string> codes, topics, keys;
  std::string from, to;
};

}  // namespace

void add_redrive(Session& session) {
  auto given = std::make_shared<Given>();
  cli::RedriveArguments& a = given->arguments;
  CLI::App* verb = session.add({
      .name = "redrive",
      .does = "put dead letters back into their input topics, accepted or repaired, each once",
      .group = feed,
      .sections = {"log", "kafka"},
      .examples = "  duestream redrive --reason FUTURE_DATED --to 2025-03-01 --dry-run --log kafka:broker:9092 --prefix prod.\n"
                  "  duestream redrive --reason NOT_JSON --print --log embedded:/tmp/try > letters.ndjson\n"
                  "  duestream redrive --repaired letters.ndjson --actor j.doe --log embedded:/tmp/try\n"
                  "Which codes there are, and what is to be done: docs/reasons.md",
  });
  verb->add_option("--reason", given->codes, "those of this code; several: of any of them")->check(CLI::IsMember(codes()));
  verb->add_option("--topic", given->topics, "those from this input, without prefix");
  verb->add_option("--key", given->keys, "those of this key");
  verb->add_option("--from", given->from, "those refused at or after this date or instant")->check(check_instant, "TIME");
  verb->add_option("--to", given->to, "those refused before it")->check(check_instant, "TIME");
  CLI::Option* repaired =
      verb->add_option("--repaired", a.repaired, "these records instead of those in their letters: lines of --print, mended");
  verb->add_flag("--all", a.all, "all of them; without it one of the options above is needed");
  verb->add_option("--max", a.max, "stop after that many")->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}));
  verb->add_option("--actor", a.actor, "who says so; goes with the records, as x-redrive.actor");
  CLI::Option* dry_run = verb->add_flag("--dry-run", a.dry_run, "say what would be put back");
  verb->add_flag("--print", a.print, "print them as lines to be mended, and put nothing back")->excludes(dry_run)->excludes(repaired);
  verb->add_flag("--json", a.json, "the summary as one line of JSON");
  session.on(verb, [given](const config::Config& config, cli::Wire& wire) {
    cli::RedriveArguments all = given->arguments;
    all.log = config.log;
    all.filter.codes = {given->codes.begin(), given->codes.end()};
    all.filter.topics = {given->topics.begin(), given->topics.end()};
    all.filter.keys = {given->keys.begin(), given->keys.end()};
    all.filter.from = instant_of(given->from);
    all.filter.to = instant_of(given->to);
    return cli::redrive(all, wire);
  });
}

}  // namespace due::app::verbs
