// stream/checkpoint/store.h
// A directory of checkpoints: files by content, and a manifest per checkpoint. Processes may write into one side by side.
//
//   Shape    DIR/files/<2 hex>/<32 hex>: a file by its XXH3-128; DIR/<task>/<20 digits>: the manifest of the state behind that
//            chronicle record (docs/formats/checkpoint.md)
//   Units    bytes
//   Errors   stop: the directory cannot be written or read, with path and reason; a manifest or file that is not what it says
//   Threads  one caller at a time; other processes at any time: what is named is whole, and is renamed into place
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/base/hash.h"
#include "schemas/base/result.h"

namespace due::checkpoint {

struct File {
  std::string name;
  std::int64_t bytes = 0;
  Hash128 hash;
};

struct Manifest {
  std::string task;           // account-0
  std::int64_t seq = 0;       // of the last chronicle record in it
  std::string state_digest;   // 32 hex digits
  std::string application;    // whose state: cluster, application and topic prefix
  std::vector<File> files;    // of the database
  std::int64_t bytes() const;
  std::string text() const;
  static Result<Manifest> parse(std::string_view text);
};

// Files of one database never change under a name: they are hashed once. Ours as long as the process lives.
using KnownFiles = std::map<std::string, File>;

class Store {
 public:
  explicit Store(std::string directory) : directory_(std::move(directory)) {}

  struct Saved {
    std::int64_t bytes = 0, bytes_new = 0;
  };
  // `about` without files: they are those of `snapshot`, a directory that nobody changes meanwhile.
  Result<Saved> save(Manifest about, const std::string& snapshot, KnownFiles& known);

  std::vector<std::string> tasks() const;
  std::vector<std::int64_t> sequences(const std::string& task) const;  // newest first
  Result<Manifest> read(const std::string& task, std::int64_t seq) const;
  Status verify(const Manifest& manifest) const;
  // All files of it, each checked, in `directory`, which appears whole or not at all.
  Status fetch(const Manifest& manifest, const std::string& directory) const;
  // Leaves the newest `keep` of a task, and no file that none of any task needs; files younger than an hour stay: another process may
  // be about to name them.
  Status prune(const std::string& task, std::size_t keep);

 private:
  std::string path_of(Hash128 hash) const;
  std::string path_of(const std::string& task, std::int64_t seq) const;

  std::string directory_;
};

}  // namespace due::checkpoint
