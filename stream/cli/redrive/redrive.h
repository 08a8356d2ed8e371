// stream/cli/redrive/redrive.h
// `duestream redrive`: dead letters back into their input topics, as they were or repaired, each once, with where they come from.
//
//   Shape    what is put back carries x-redrive.origin; the inputs themselves say what was put back, so a run that was interrupted goes
//            on where it stopped. One at a time: two at once may put the same letter back twice (the second one is a duplicate then)
//   Errors   Exit::failed: a repaired line without letter, a letter that cannot be put back, or whatever the log says
//   Clock    the log's
//   Threads  the caller's
#pragma once

#include <string>

#include "stream/cli/redrive/letter.h"
#include "stream/cli/wire.h"

namespace due::cli {

struct RedriveArguments {
  LogChoice log;
  LetterFilter filter;
  bool all = false;       // without any filter: every letter is meant
  std::string repaired;   // file of lines as print makes them: these records instead of those in their letters
  std::string actor;      // who says so
  std::int64_t max = 0;   // letters to put back; 0: all
  bool print = false;     // as lines, and put nothing back
  bool dry_run = false;   // say what would be done
  bool json = false;
};

int redrive(const RedriveArguments& arguments, Wire& wire);

}  // namespace due::cli
