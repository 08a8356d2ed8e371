// tests/fuzz/target.h
// What a fuzz target is: the inputs to begin with, and what must hold for every other one. One target, one program.
//
//   Shape    a record as text: its headers, "name: value" a line, an empty line, its value; the line "topic: x" and "key: x" are no
//            headers. Other targets take their bytes as they are
//   Errors   what does not hold ends the process by require(), so that either driver keeps the input
//   Threads  one
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/base/header_view.h"
#include "schemas/codec/reason.h"
#include "tests/bad_input/catalogue.h"

namespace due::fuzz {

// Of each target.
std::vector<std::string> valid_inputs();
std::vector<std::string> broken_inputs();  // known ones
void run(std::string_view input);

void require(bool holds, const char* what);

std::string as_text(const test::bad_input::Record& record);
struct RecordText {
  std::string_view topic, key, value;
  std::vector<HeaderView> headers;
};
RecordText read_record(std::string_view text);

// A refusal says what is wrong and what would be right, in one printable line.
void require_clear(const codec::Refusal& refusal);
// By RFC 8259 and nothing else: what our readers take must be that.
bool is_json_text(std::string_view text);
std::string without_space(std::string_view json);

}  // namespace due::fuzz
