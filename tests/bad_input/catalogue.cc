#include "tests/bad_input/catalogue.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/unit/schemas/codec/published.h"
#include "tests/unit/schemas/codec/samples.h"

namespace due::test::bad_input {
namespace {

using codec::samples::Members;

[[noreturn]] void unreadable(int line, const std::string& why) {
  std::fprintf(stderr, "catalogue.txt, line %d: %s\n", line, why.c_str());
  std::exit(2);
}

std::string trimmed(const std::string& text) {
  const std::size_t from = text.find_first_not_of(' '), to = text.find_last_not_of(' ');
  return from == text.npos ? "" : text.substr(from, to - from + 1);
}

std::vector<std::string> split(const std::string& text, const std::string& by) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(by, at), text.size());
    parts.push_back(trimmed(text.substr(at, end - at)));
    at = end + by.size();
  }
  return parts;
}

// The first word, and what is behind it.
std::pair<std::string, std::string> first_word(const std::string& text) {
  const std::size_t blank = std::min(text.find(' '), text.size());
  return {text.substr(0, blank), blank < text.size() ? text.substr(blank + 1) : ""};
}

// ---------------------------------------------------------------------------------------------------------------- the file

using Sets = std::map<std::string, std::vector<std::string>>;

std::vector<std::string> events_of(const std::string& names, const Sets& sets) {
  std::vector<std::string> events;
  for (const std::string& name : split(names, " ")) {
    const auto set = sets.find(name);
    if (set == sets.end())
      events.push_back(name);
    else
      events.insert(events.end(), set->second.begin(), set->second.end());
  }
  return events;
}

struct File {
  Sets sets;
  std::vector<Row> rows;
};

File read_file() {
  File file;
  std::ifstream in(DUE_SOURCE_DIR "/tests/bad_input/catalogue.txt");
  int number = 0;
  bool columns = false;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with("set ")) {
      const auto sides = split(line.substr(4), " = ");
      file.sets[sides.at(0)] = events_of(sides.at(1), file.sets);
      continue;
    }
    std::vector<std::string> cells = split(line + ' ', " | ");  // the last cells may be empty
    cells.resize(std::max<std::size_t>(cells.size(), 7));
    if (!std::exchange(columns, true)) continue;  // the header row
    if (cells.size() != 7) unreadable(number, "a row has seven columns");
    Row row{number, cells[0], cells[2] == "-" ? "" : cells[2], cells[3], cells[4], cells[5], cells[6], events_of(cells[1], file.sets)};
    file.rows.push_back(std::move(row));
  }
  if (file.rows.empty()) unreadable(0, "no rows; is the file there?");
  return file;
}

const File& file() {
  static const File read = read_file();
  return read;
}

// ------------------------------------------------------------------------------------------------------------------ texts

// \xHH is a byte, <<T*N>> is T N times, @C is the customer.
std::string expanded(const std::string& text, const std::string& customer) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text.compare(i, 2, "\\x") == 0 && i + 4 <= text.size() &&
        std::from_chars(text.data() + i + 2, text.data() + i + 4, byte, 16).ptr == text.data() + i + 4) {
      out.push_back(static_cast<char>(byte));
      i += 3;
    } else if (text.compare(i, 2, "<<") == 0 && text.find(">>", i) != text.npos) {
      const std::size_t end = text.find(">>", i), star = text.rfind('*', end);
      const std::string what = expanded(text.substr(i + 2, star - i - 2), customer);
      const int times = std::atoi(text.c_str() + star + 1);
      out.reserve(out.size() + what.size() * static_cast<std::size_t>(times));
      for (int n = 0; n < times; ++n) out += what;
      i = end + 1;
    } else if (text.compare(i, 2, "@C") == 0) {
      out += customer;
      ++i;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

// ----------------------------------------------------------------------------------------------------------------- records

const codec::published::Schema* master_schema(const std::string& event) {
  for (const auto& schema : codec::published::master)
    if (schema.file == event) return &schema;
  return nullptr;
}

std::string topic_of(const std::string& event) {
  static const std::pair<std::string_view, const char*> prefixes[] = {
      {"invoice", "invoices"}, {"payment", "payments"},         {"usage", "usage"},    {"customer", "customers"}, {"contract", "contracts"},
      {"dispute", "disputes"}, {"provider", "provider-rules"}, {"fx", "fx-rates"}, {"control", "controls"}};
  for (const auto& [prefix, topic] : prefixes)
    if (event.starts_with(prefix)) return topic;
  return "";
}

// invoice-issued -> due.invoice.issued.v1, control-close-requested -> due.control.close-requested.v1
std::string type_of(const std::string& event) {
  std::string type = event;
  type[type.find('-')] = '.';
  return "due." + type + ".v1";
}

// A record in the making: members first, then bytes.
struct Draft {
  Members envelope, data;
  Mode mode = Mode::structured;
  std::string customer;
  Record record;
  bool waits = false;
  bool made = false;  // the members have become the value and the headers

  void make() {
    if (std::exchange(made, true)) return;
    const auto text = [](std::string json) { return json.size() > 1 ? json.substr(1, json.size() - 2) : json; };
    auto& headers = record.headers;
    if (mode == Mode::structured) {
      const auto put_data = std::find_if(envelope.begin(), envelope.end(), [](const auto& m) { return m.first == "data"; });
      if (put_data != envelope.end() && put_data->second.empty()) put_data->second = codec::samples::object(data);
      record.value = codec::samples::object(envelope);
      headers.emplace(headers.begin(), "content-type", "application/cloudevents+json");
      return;
    }
    std::vector<std::pair<std::string, std::string>> attributes;
    for (const auto& [name, json] : envelope)
      if (name != "data" && name != "datacontenttype") attributes.emplace_back("ce_" + name, text(json));
    attributes.emplace_back("content-type", "application/json");
    headers.insert(headers.begin(), attributes.begin(), attributes.end());
    record.value = codec::samples::object(data);
  }
};

Draft draft(const std::string& event, const std::string& customer, Mode mode) {
  Draft d;
  d.mode = mode;
  d.customer = customer;
  d.record.topic = topic_of(event);
  d.record.key = customer;
  if (const auto* schema = master_schema(event)) {
    simdjson::dom::parser parser;
    const simdjson::dom::element example = simdjson::dom::array(codec::published::load(schema->file, parser)["examples"]).at(0);
    d.data = codec::published::members_of(example["data"]);
    d.envelope = codec::published::members_of(example);
  } else {
    d.data = codec::samples::data_of(type_of(event));
    d.envelope = codec::samples::envelope(type_of(event), "");
  }
  codec::samples::put(d.envelope, "data", "");  // written last, when the members of data are known
  const bool has_customer = std::any_of(d.data.begin(), d.data.end(), [](const auto& m) { return m.first == "customer_id"; });
  if (has_customer) codec::samples::put(d.data, "customer_id", '"' + customer + '"');
  return d;
}

// Steps on members; false: it is none.
bool change_members(Draft& d, const std::string& word, const std::string& rest, const std::string& text) {
  const auto [name, json] = first_word(text);
  if (word == "data")
    codec::samples::put(d.data, name, json);
  else if (word == "without")
    codec::samples::put(d.data, text, "-");
  else if (word == "event" && rest.starts_with("without "))
    codec::samples::put(d.envelope, json, "-");
  else if (word == "event")
    codec::samples::put(d.envelope, name, json);
  else
    return false;
  return true;
}

void change_value(Draft& d, const std::string& word, const std::string& text) {
  d.make();
  std::string& value = *d.record.value;
  if (word == "value") value = text;
  if (word == "before") value.insert(0, text);
  if (word == "after") value += text;
  if (word == "cut") {
    const int count = std::atoi(text.c_str());
    value.resize(count < 0 ? value.size() - static_cast<std::size_t>(-count) : static_cast<std::size_t>(count));
  }
}

void change_headers(Draft& d, const std::string& word, const std::string& text) {
  d.make();
  auto& headers = d.record.headers;
  const auto [name, value] = first_word(text);
  if (word == "header") headers.emplace_back(name, value);
  if (word == "no") std::erase_if(headers, [&value = value](const auto& h) { return h.first == value; });
  if (word == "headers")
    for (int n = std::atoi(text.c_str()); n > 0; --n) headers.emplace_back("h" + std::to_string(n), "v");
}

void change(Draft& d, const std::string& step, int line) {
  const auto [word, rest] = first_word(step);
  const std::string text = expanded(rest, d.customer);
  if (change_members(d, word, rest, text)) return;
  if (step == "binary")
    d.mode = Mode::binary;
  else if (step == "wait")
    d.waits = true;
  else if (step == "astray")
    d.record.astray = true;
  else if (step == "null key")
    d.record.key.reset();
  else if (word == "key")
    d.record.key = text;
  else if (step == "null value")
    d.make(), d.record.value.reset();
  else if (step == "empty value")
    d.make(), d.record.value = "";
  else if (word == "value" || word == "before" || word == "after" || word == "cut")
    change_value(d, word, text);
  else if (word == "header" || word == "headers" || step.starts_with("no header "))
    change_headers(d, word, text);
  else
    unreadable(line, "\"" + step + "\" is no step");
}

Draft changed(const std::string& event, const std::string& customer, Mode mode, const std::string& steps, int line) {
  Draft d = draft(event, customer, mode);
  if (!steps.empty())
    for (const std::string& step : split(steps, " + ")) change(d, step, line);
  d.make();
  return d;
}

// "invoice-issued, invoice-corrected (data version 3)"
std::vector<Record> given(const Row& row, const std::string& customer) {
  std::vector<Record> records;
  if (row.given.empty()) return records;
  for (const std::string& one : split(row.given, ", ")) {
    const auto [event, steps] = first_word(one);
    const std::string inside = steps.size() > 2 ? steps.substr(1, steps.size() - 2) : "";
    records.push_back(changed(event, customer, Mode::structured, inside, row.line).record);
  }
  return records;
}

bool changes_data_alone(const Row& row) {
  for (const std::string& step : split(row.change, " + "))
    if (!step.starts_with("data ") && !step.starts_with("without ") && !step.starts_with("key ") && step != "null key" && step != "wait")
      return false;
  return true;
}

}  // namespace

const std::vector<Row>& catalogue() { return file().rows; }
const std::vector<std::string>& documents() { return file().sets.at("documents"); }
const std::vector<std::string>& master_data() { return file().sets.at("master"); }

std::string Case::name() const {
  return "line " + std::to_string(row->line) + ", " + row->kind + " (" + event + ", customer " + customer + ")";
}

Record valid(const std::string& event, const std::string& customer, Mode mode) { return changed(event, customer, mode, "", 0).record; }

void each_case(const std::function<void(const Case&)>& take, Large large) {
  int number = 0;
  for (const Row& row : catalogue()) {
    if (large == Large::leave_out && row.change.find("00000>>") != row.change.npos) continue;
    for (const std::string& event : row.events)
      for (const Mode mode : {Mode::structured, Mode::binary}) {
        if (mode == Mode::binary && !changes_data_alone(row)) continue;
        Case c{&row, event, "C" + std::to_string(++number), {}, {}, false};
        c.given = given(row, c.customer);
        Draft d = changed(event, c.customer, mode, row.change, row.line);
        c.record = std::move(d.record);
        c.waits = d.waits;
        take(c);
      }
  }
}

}  // namespace due::test::bad_input
