// stream/log/embedded/store/directory.h
// The directory of a log: where its files lie, and the lock that keeps a second writer out.
//
//   Shape    <path>/lock, <path>/id, <path>/journal, <path>/topics/<topic>/<partition>.log
//   Errors   Remedy::stop: in use by another process (named, with what to do), or the system's refusal
//   Clock    none
#pragma once

#include <string>

#include "stream/log/embedded/store/store.h"

namespace due::log::embedded::store {

class Directory {
 public:
  // Read-write: creates what is absent, and locks it for itself. Read-only: shares it with other readers.
  static Result<Directory> open(const std::string& path, Access access);

  static bool holds_log(const std::string& path);

  Access access() const { return access_; }
  std::string journal_path() const { return path_ + "/journal"; }
  std::string partition_path(const TopicPartition& partition) const;
  Status create_topic(const std::string& topic) const;
  // Which log this is, whatever the directory is called. A writer gives one that has none the fresh one; a reader finds it empty.
  Result<std::string> identity(const std::string& fresh) const;

 private:
  Directory(std::string path, File lock, Access access) : path_(std::move(path)), lock_(std::move(lock)), access_(access) {}

  std::string path_;
  File lock_;  // the lock ends with the descriptor, also after kill -9
  Access access_;
};

}  // namespace due::log::embedded::store
