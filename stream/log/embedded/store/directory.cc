#include "stream/log/embedded/store/directory.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace due::log::embedded::store {

bool Directory::holds_log(const std::string& path) {
  std::error_code unreadable;
  return std::filesystem::exists(path + "/journal", unreadable);
}

Result<Directory> Directory::open(const std::string& path, Access access) {
  std::error_code why;
  if (access == Access::read_write) {
    std::filesystem::create_directories(path + "/topics", why);
  } else if (!holds_log(path)) {
    return Error{Remedy::stop, "there is no log in directory " + path + ": name the one that a writer was given"};
  }
  if (why) return Error{Remedy::stop, "creating directory " + path + ": " + why.message()};

  const std::string lock_path = path + "/lock";
  File lock{::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)};
  if (lock.get() < 0 && access == Access::read_only) lock = File{::open(lock_path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (lock.get() < 0) return system_error("opening", lock_path);
  const int mode = access == Access::read_write ? LOCK_EX : LOCK_SH;
  if (::flock(lock.get(), mode | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error("locking", lock_path);
    const char* owner = access == Access::read_write ? "another process has it open" : "a process that writes has it open";
    return Error{Remedy::stop, "the log in directory " + path + " is in use: " + owner + "; stop that process (fuser " + lock_path +
                                   " names it) or choose another directory"};
  }
  return Directory{path, std::move(lock), access};
}

std::string Directory::partition_path(const TopicPartition& partition) const {
  return path_ + "/topics/" + partition.topic + "/" + std::to_string(partition.partition) + ".log";
}

Status Directory::create_topic(const std::string& topic) const {
  std::error_code why;
  const std::string folder = path_ + "/topics/" + topic;
  std::filesystem::create_directories(folder, why);
  if (why) return Error{Remedy::stop, "creating directory " + folder + ": " + why.message()};
  return Done{};
}

Result<std::string> Directory::identity(const std::string& fresh) const {
  const std::string file = path_ + "/id";
  std::ifstream in(file);
  std::string known;
  in >> known;
  if (!known.empty() || access_ == Access::read_only) return known;
  std::ofstream out(file);
  if (!(out << fresh << '\n').flush()) return system_error("writing", file);
  return fresh;
}

}  // namespace due::log::embedded::store
