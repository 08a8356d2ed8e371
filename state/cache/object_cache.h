// state/cache/object_cache.h
// Decoded objects over rows, bounded in bytes, written back at persist boundaries only.
//
//   Shape    an object is clean (equal to its rows), or changed in an epoch; an epoch ends with a cut. Rows that are put without an
//            object are encoded at once. What a cut holds is encoded bit by bit afterwards, and before anything of it is changed again
//   Limits   objects that are equal to their rows go when objects and batches together exceed `bytes_max`, those not used lately
//            first; those that are seldom read again go once they are encoded. Changed ones never go: too many of them are the
//            caller's sign to persist
//   Errors   StoreFailure from the rows below
//   Threads  owned by one task; the batch of a cut may be written on another thread meanwhile
//
//     changes, puts --> open epoch --cut()--> encode(n) .. encode(n) --> batch() --(written elsewhere)--> written()
//                           ^ the next one collects meanwhile
#pragma once

#include <memory>
#include <vector>

#include "state/api/object.h"

namespace due::state {

class ObjectCache final : public ObjectStore {
 public:
  ObjectCache(RowStore& rows, std::size_t bytes_max);
  ~ObjectCache() override;

  bool get(const Key& key, std::string& value) override;
  void put(const Key& key, std::string_view value) override;
  void replace(const Key& key, std::string_view old, std::string_view value) override;
  void erase(const Key& key, std::string_view old) override;
  RowReader& rows() override { return reader_; }
  void expect(std::uint64_t key_hash, Near near) const override;

  void end_step();  // counts what the step changed and evicts down to the bound; ends the life of pointers

  // The state as it is now is to become durable. One at a time: the one before must be written().
  void cut();
  bool cutting() const { return cut_ != nullptr; }  // from cut() to written()
  // Encodes up to so many objects of the cut. True: all are, batch() and digest() are those of the cut.
  bool encode(std::size_t objects_max);
  bool encoded() const { return encoded_ == cut_objects_.size(); }
  // To be written below, once encoded. The caller may add rows of its own; the last reference may be let go on any thread.
  const std::shared_ptr<RowBatch>& batch() const { return cut_; }
  void written();  // the batch is readable below

  Hash128 digest() const { return digest_; }  // of the last cut that was encoded, or as set
  void set_digest(Hash128 digest) { digest_ = digest; }

  std::size_t bytes() const { return object_bytes_ + open_->bytes() + (cut_ ? cut_->bytes() : 0); }
  // What a cut would hold now: objects that changed since the last one, and rows that were put.
  std::size_t changed_bytes() const { return changed_bytes_ + open_->bytes(); }

  struct Counts {
    std::uint64_t found = 0, loaded = 0, absent = 0, evicted = 0;
  };
  const Counts& counts() const { return counts_; }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    Object* object = nullptr;  // null: free
  };
  // Rows as they are now: those of the open epoch, of the cut, then those below.
  class Reader final : public RowReader {
   public:
    explicit Reader(ObjectCache& cache) : cache_(cache) {}
    bool get(std::string_view key, std::string& value) override;
    void scan(std::string_view prefix, const std::function<void(std::string_view, std::string_view)>& row) override;

   private:
    ObjectCache& cache_;
  };

  Object* find_object(const Key& key, Load load) override;
  Object& add_object(const Key& key, std::unique_ptr<Object> object) override;
  Object& edit_object(Object& object) override;

  std::size_t slot_of(const Key& key, std::uint64_t hash) const;  // that holds it, or a free one
  Object& place(const Key& key, std::uint64_t hash, std::unique_ptr<Object> object);
  void grow();
  void drop(Object& object);
  void touch(Object& object);
  void charge(Object& object);
  void encode(Object& object);
  void evict(std::size_t looks);

  RowStore& rows_;
  Reader reader_;
  std::size_t bytes_max_;
  std::vector<Slot> slots_;  // open addressing, linear probing; a power of two, at most 5/8 full
  std::vector<Object*> ring_;  // all objects; the hand of the clock goes round
  std::size_t hand_ = 0;
  std::vector<Object*> touched_;  // by this step
  std::uint32_t epoch_ = 1;       // the open one
  std::vector<Object*> changed_;  // in the open epoch
  std::unique_ptr<RowBatch> open_;
  Hash128 open_change_;  // of the digest, by the rows in open_
  std::shared_ptr<RowBatch> cut_;
  Hash128 cut_change_;
  std::vector<Object*> cut_objects_;  // changed in the epoch before; those from encoded_ on may not be encoded yet
  std::size_t encoded_ = 0;
  std::size_t object_bytes_ = 0;
  std::size_t changed_bytes_ = 0;
  std::string scratch_;  // for encoding
  Hash128 digest_;
  Counts counts_;
};

}  // namespace due::state
