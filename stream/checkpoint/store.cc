#include "stream/checkpoint/store.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace due::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr auto young = std::chrono::hours(1);

Error failed(const std::string& what, const std::string& path, const std::string& why) {
  return {Remedy::stop, "checkpoints: " + what + " " + path + " failed: " + why + "; check rights and space"};
}
Error failed(const std::string& what, const std::string& path) { return failed(what, path, std::strerror(errno)); }

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags) : number_(::open(path.c_str(), flags | O_CLOEXEC)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  explicit operator bool() const { return number_ >= 0; }
  int number() const { return number_; }

 private:
  int number_;
};

// What is renamed must be on the disk before, and its directory after.
Status sync(const std::string& path) {
  const Descriptor file(path, O_RDONLY);
  if (!file || ::fsync(file.number()) != 0) return failed("sync of", path);
  return Done{};
}

Result<Hash128> hash_of(const std::string& path, std::int64_t bytes) {
  if (bytes == 0) return hash128({});
  const Descriptor file(path, O_RDONLY);
  if (!file) return failed("reading", path);
  void* at = ::mmap(nullptr, static_cast<std::size_t>(bytes), PROT_READ, MAP_PRIVATE, file.number(), 0);
  if (at == MAP_FAILED) return failed("reading", path);
  const Hash128 hash = hash128({static_cast<const char*>(at), static_cast<std::size_t>(bytes)});
  ::munmap(at, static_cast<std::size_t>(bytes));
  return hash;
}

Status make_directories(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return failed("creating", path, error.message());
  return Done{};
}

// Under another name until it is whole: readers and other writers never see a part.
Status place(const std::string& from, const std::string& to) {
  const std::string part = to + ".part-" + std::to_string(::getpid());
  std::error_code error;
  fs::copy_file(from, part, fs::copy_options::overwrite_existing, error);
  if (error) return failed("copying " + from + " to", part, error.message());
  if (Status synced = sync(part); !synced) return synced;
  fs::rename(part, to, error);
  if (error) return failed("naming", to, error.message());
  return Done{};
}

Status write_file(const std::string& path, const std::string& text) {
  const std::string part = path + ".part-" + std::to_string(::getpid());
  std::ofstream out(part, std::ios::binary | std::ios::trunc);
  if (!(out << text).flush()) return failed("writing", part);
  out.close();
  if (Status synced = sync(part); !synced) return synced;
  if (std::rename(part.c_str(), path.c_str()) != 0) return failed("naming", path);
  return sync(fs::path(path).parent_path());
}

std::vector<fs::path> entries(const std::string& directory) {
  std::vector<fs::path> found;
  std::error_code error;
  for (auto at = fs::directory_iterator(directory, error); !error && at != fs::directory_iterator(); at.increment(error))
    found.push_back(at->path());
  std::ranges::sort(found);
  return found;
}

bool all_digits(const std::string& name) { return !name.empty() && name.find_first_not_of("0123456789") == name.npos; }

Result<std::vector<File>> files_in(const std::string& snapshot, KnownFiles& known) {
  std::vector<File> files;
  for (const fs::path& path : entries(snapshot)) {
    const std::string name = path.filename();
    std::error_code error;
    const auto bytes = static_cast<std::int64_t>(fs::file_size(path, error));
    if (error) return failed("reading", path, error.message());
    // Only table files keep their content: the others are the database's small notes about them.
    const bool lasting = path.extension() == ".sst";
    if (const auto found = known.find(name); lasting && found != known.end() && found->second.bytes == bytes) {
      files.push_back(found->second);
      continue;
    }
    auto hash = hash_of(path, bytes);
    if (!hash) return hash.error();
    files.push_back({name, bytes, *hash});
    if (lasting) known[name] = files.back();
  }
  return files;
}

Status check_file(const std::string& path, const File& file, const std::string& task) {
  std::error_code error;
  const auto bytes = static_cast<std::int64_t>(fs::file_size(path, error));
  if (error) return failed("reading", path, error.message());
  Result<Hash128> hash = Hash128{};
  if (bytes == file.bytes) hash = hash_of(path, bytes);
  if (!hash) return hash.error();
  if (bytes == file.bytes && *hash == file.hash) return Done{};
  return Error{Remedy::stop, path + " is not what " + file.name + " of " + task + " was; an older checkpoint will do"};
}

}  // namespace

std::string Store::path_of(Hash128 hash) const {
  const std::string hex = hash.hex();
  return directory_ + "/files/" + hex.substr(0, 2) + "/" + hex;
}

std::string Store::path_of(const std::string& task, std::int64_t seq) const {
  const std::string digits = std::to_string(seq);
  return directory_ + "/" + task + "/" + std::string(20 - digits.size(), '0') + digits;
}

Result<Store::Saved> Store::save(Manifest about, const std::string& snapshot, KnownFiles& known) {
  auto files = files_in(snapshot, known);
  if (!files) return files.error();
  about.files = std::move(*files);
  Saved saved{about.bytes(), 0};
  std::set<std::string> folders;
  for (const File& f : about.files) {
    const std::string to = path_of(f.hash);
    std::error_code error;
    if (fs::exists(to, error)) {
      fs::last_write_time(to, fs::file_time_type::clock::now(), error);  // needed again: prune() of another process leaves it
      continue;
    }
    const std::string folder = fs::path(to).parent_path();
    if (Status made = make_directories(folder); !made) return made.error();
    if (Status placed = place(snapshot + "/" + f.name, to); !placed) return placed.error();
    folders.insert(folder);
    saved.bytes_new += f.bytes;
  }
  for (const std::string& folder : folders)
    if (Status synced = sync(folder); !synced) return synced.error();
  if (Status made = make_directories(directory_ + "/" + about.task); !made) return made.error();
  if (Status written = write_file(path_of(about.task, about.seq), about.text()); !written) return written.error();
  return saved;
}

std::vector<std::string> Store::tasks() const {
  std::vector<std::string> names;
  for (const fs::path& path : entries(directory_))
    if (path.filename() != "files" && fs::is_directory(path)) names.push_back(path.filename());
  return names;
}

std::vector<std::int64_t> Store::sequences(const std::string& task) const {
  std::vector<std::int64_t> found;
  for (const fs::path& path : entries(directory_ + "/" + task))
    if (const std::string name = path.filename(); all_digits(name) && name.size() == 20) found.push_back(std::stoll(name));
  std::ranges::reverse(found);
  return found;
}

Result<Manifest> Store::read(const std::string& task, std::int64_t seq) const {
  const std::string path = path_of(task, seq);
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  if (!in || !(text << in.rdbuf())) return failed("reading", path);
  auto manifest = Manifest::parse(text.str());
  if (!manifest) return Error{Remedy::stop, path + ": " + manifest.error().what};
  if (manifest->task != task || manifest->seq != seq)
    return Error{Remedy::stop, path + " is the checkpoint of " + manifest->task + " at " + std::to_string(manifest->seq)};
  return manifest;
}

Status Store::verify(const Manifest& manifest) const {
  for (const File& f : manifest.files)
    if (Status good = check_file(path_of(f.hash), f, manifest.task); !good) return good;
  return Done{};
}

Status Store::fetch(const Manifest& manifest, const std::string& directory) const {
  const std::string part = directory + ".part";
  std::error_code error;
  fs::remove_all(part, error);
  if (Status made = make_directories(part); !made) return made;
  for (const File& f : manifest.files) {
    const std::string to = part + "/" + f.name;
    if (Status placed = place(path_of(f.hash), to); !placed) return placed;
    if (Status good = check_file(to, f, manifest.task); !good) return good;
  }
  if (Status synced = sync(part); !synced) return synced;
  fs::rename(part, directory, error);
  if (error) return failed("naming", directory, error.message());
  return sync(fs::path(directory).parent_path());
}

Status Store::prune(const std::string& task, std::size_t keep) {
  std::error_code error;
  const std::vector<std::int64_t> all = sequences(task);
  for (std::size_t i = keep; i < all.size(); ++i) fs::remove(path_of(task, all[i]), error);
  std::set<std::string> needed;
  for (const std::string& other : tasks())
    for (const std::int64_t seq : sequences(other)) {
      auto manifest = read(other, seq);
      if (!manifest) return manifest.error();  // what it needs is not known: nothing is taken away
      for (const File& f : manifest->files) needed.insert(f.hash.hex());
    }
  const auto now = fs::file_time_type::clock::now();
  for (const fs::path& folder : entries(directory_ + "/files"))
    for (const fs::path& path : entries(folder)) {
      if (needed.contains(path.filename()) || now - fs::last_write_time(path, error) < young || error) continue;
      fs::remove(path, error);
    }
  return Done{};
}

}  // namespace due::checkpoint
