#include "stream/checkpoint/store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace due::checkpoint {
namespace {

namespace fs = std::filesystem;

struct Checkpoints : testing::Test {
  Checkpoints() {
    std::string pattern = (fs::temp_directory_path() / "duestream-checkpoints-XXXXXX").string();
    root = mkdtemp(pattern.data());
    fs::create_directories(snapshot());
    write("000001.sst", std::string(100'000, 'a'));
    write("000002.sst", "second");
    write("CURRENT", "MANIFEST-1\n");
  }
  ~Checkpoints() override { fs::remove_all(root); }

  std::string snapshot() const { return root + "/snapshot"; }
  std::string to() const { return root + "/to"; }
  void write(const std::string& name, const std::string& text) const { std::ofstream(snapshot() + "/" + name) << text; }
  static std::string read(const std::string& path) {
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }
  Store::Saved save(std::int64_t seq, const std::string& task = "account-0") {
    const auto saved = store().save({task, seq, "d1", "app risk", {}}, snapshot(), known);
    EXPECT_TRUE(saved.has_value());
    return saved ? *saved : Store::Saved{};
  }
  Store store() const { return Store(root + "/store"); }
  std::vector<fs::path> stored_files() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(root + "/store/files"))
      if (entry.is_regular_file()) found.push_back(entry.path());
    return found;
  }
  void age_files() const {
    for (const fs::path& path : stored_files()) fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(2));
  }

  std::string root;
  KnownFiles known;
};

TEST_F(Checkpoints, ComeBackAsTheyWere) {
  save(7);
  const auto manifest = store().read("account-0", 7);
  ASSERT_TRUE(manifest.has_value());
  EXPECT_EQ(manifest->state_digest, "d1");
  EXPECT_EQ(manifest->application, "app risk");
  ASSERT_TRUE(store().fetch(*manifest, to()).has_value());
  for (const char* name : {"000001.sst", "000002.sst", "CURRENT"}) EXPECT_EQ(read(to() + "/" + name), read(snapshot() + "/" + name));
  EXPECT_EQ(manifest->bytes(), 100'000 + 6 + 11);
}

TEST_F(Checkpoints, WriteOnlyWhatIsNew) {
  EXPECT_EQ(save(7).bytes_new, 100'017);
  write("000003.sst", "third");
  write("CURRENT", "MANIFEST-9\n");
  EXPECT_EQ(save(9).bytes_new, 5 + 11);
  EXPECT_EQ(store().sequences("account-0"), (std::vector<std::int64_t>{9, 7}));
}

TEST_F(Checkpoints, ThatAreDamagedAreNotFetched) {
  save(7);
  const auto manifest = store().read("account-0", 7);
  ASSERT_TRUE(manifest.has_value());
  for (const fs::path& path : stored_files()) {
    const std::string whole = read(path);
    for (const std::string& damaged : {whole.substr(1), "x" + whole.substr(1), whole + "x"}) {
      std::ofstream(path) << damaged;
      EXPECT_FALSE(store().verify(*manifest).has_value());
      const Status fetched = store().fetch(*manifest, to());
      ASSERT_FALSE(fetched.has_value());
      EXPECT_NE(fetched.error().what.find("older checkpoint"), std::string::npos);
      EXPECT_FALSE(fs::exists(to())) << "a part of a checkpoint would pass for a state";
    }
    std::ofstream(path) << whole;
  }
  EXPECT_TRUE(store().fetch(*manifest, to()).has_value());
}

TEST_F(Checkpoints, ManifestsThatAreNotWholeAreRefused) {
  save(7);
  const std::string text = store().read("account-0", 7)->text();
  ASSERT_TRUE(Manifest::parse(text).has_value());
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_FALSE(Manifest::parse(text.substr(0, i)).has_value()) << i;
    std::string flipped = text;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_FALSE(Manifest::parse(flipped).has_value()) << i;
  }
}

TEST_F(Checkpoints, NameNoFileElsewhere) {
  for (const std::string name : {"../escape", ".hidden", "a/b", ""}) {
    Manifest m{"account-0", 1, "d", "app", {{name, 1, hash128("x")}}};
    EXPECT_FALSE(Manifest::parse(m.text()).has_value()) << name;
  }
}

TEST_F(Checkpoints, ArePrunedDownToWhatIsNeeded) {
  save(7);
  fs::remove(snapshot() + "/000001.sst");
  save(8);
  save(8, "account-1");
  write("000003.sst", "third");
  save(9);
  ASSERT_TRUE(store().prune("account-0", 2).has_value());
  EXPECT_EQ(store().sequences("account-0"), (std::vector<std::int64_t>{9, 8}));
  EXPECT_EQ(stored_files().size(), 4U) << "another process may be about to name a young file";
  age_files();
  ASSERT_TRUE(store().prune("account-0", 1).has_value());
  EXPECT_EQ(stored_files().size(), 3U) << "000001.sst is needed by none";
  for (const std::string task : {"account-0", "account-1"})
    EXPECT_TRUE(store().verify(*store().read(task, store().sequences(task).front())).has_value()) << task;
}

TEST_F(Checkpoints, LoseNothingWhereAManifestCannotBeRead) {
  save(7);
  save(7, "account-1");
  age_files();
  std::ofstream(root + "/store/account-1/00000000000000000007") << "?";
  EXPECT_FALSE(store().prune("account-0", 1).has_value());
  EXPECT_EQ(stored_files().size(), 3U);
}

}  // namespace
}  // namespace due::checkpoint
