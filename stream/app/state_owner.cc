#include "stream/app/state_owner.h"

#include <fstream>
#include <map>

namespace due::app {
namespace {

using Lines = std::map<std::string, std::string>;

Lines read(const std::string& file) {
  std::ifstream in(file);
  Lines lines;
  for (std::string line; std::getline(in, line);)
    if (const std::size_t equals = line.find('='); equals != line.npos) lines[line.substr(0, equals)] = line.substr(equals + 1);
  return lines;
}

Lines lines_of(const cli::StateOwner& owner) {
  return {{"cluster", owner.cluster}, {"app", owner.app}, {"prefix", owner.prefix}};
}

std::string described(const Lines& lines) {
  const auto at = [&](const std::string& name) {
    const auto found = lines.find(name);
    return found == lines.end() ? std::string("?") : found->second;
  };
  return "application " + at("app") + ", topics " + at("prefix") + "*, cluster " + at("cluster");
}

}  // namespace

std::string described(const cli::StateOwner& owner) { return described(lines_of(owner)); }

Status claim_state(const std::string& directory, const cli::StateOwner& owner) {
  const std::string file = directory + "/belongs-to";
  const Lines mine = lines_of(owner), known = read(file);
  if (known == mine) return Done{};
  if (!known.empty())
    return Error{Remedy::stop, "run.state = " + directory + " holds the state of " + described(known) + "; this is " + described(mine) +
                                   ": correct log.uri, log.prefix or app.name, or name another directory with --state"};
  std::ofstream out(file);
  for (const auto& [name, value] : mine) out << name << '=' << value << '\n';
  if (!out.flush()) return Error{Remedy::stop, "run.state = " + directory + ": " + file + " cannot be written; check rights and space"};
  return Done{};
}

}  // namespace due::app
