// state/cache/object_cache.h
// Decoded objects over rows, bounded in bytes, written back at persist boundaries only.
//
//   Shape    every object is clean (equal to its rows), changed (newer than its rows) or writing (encoded, batch not written yet)
//   Limits   clean objects beyond `bytes_max` go, least recently used first; changed and writing ones never: too many of them are
//            the caller's sign to persist
//   Errors   StoreFailure from the rows below
//   Threads  owned by one task; the batch of a boundary may be written on another thread meanwhile
//
// Pointers live until the next trim(): the task calls it between steps.
#pragma once

#include <memory>
#include <vector>

#include "state/api/object.h"

namespace due::state {

class ObjectCache final : public ObjectStore {
 public:
  ObjectCache(RowStore& rows, std::size_t bytes_max);
  ~ObjectCache() override;

  void changed(Object& object) override;
  RowReader& rows() override { return rows_; }

  void trim();  // evicts down to the bound; ends the life of pointers

  // Encodes every changed object and returns the batch; the digest is that of the state as it is now. The rows become readable
  // below when the caller has written the batch and says so by written(). One batch at a time.
  std::unique_ptr<RowBatch> begin_persist();
  void written();

  Hash128 digest() const { return digest_; }  // as of the last begin_persist(), or as set
  void set_digest(Hash128 digest) { digest_ = digest; }
  std::size_t bytes() const { return bytes_; }
  std::size_t changed_bytes() const { return changed_bytes_; }

  struct Counts {
    std::uint64_t found = 0, loaded = 0, absent = 0, evicted = 0;
  };
  const Counts& counts() const { return counts_; }

 private:
  Object* find_object(std::string_view key, Load load) override;
  Object& add_object(std::string_view key, std::unique_ptr<Object> object) override;

  std::size_t slot_of(std::string_view key, std::uint64_t hash) const;  // the slot that holds it, or a free one
  Object& place(std::string_view key, std::uint64_t hash, std::unique_ptr<Object> object);
  void grow();
  void drop(Object& object);
  void link_newest(Object& object);
  void unlink(Object& object);
  void charge(Object& object);

  RowStore& rows_;
  std::size_t bytes_max_;
  std::vector<Object*> slots_;  // open addressing, linear probing; a power of two, at most 5/8 full
  std::size_t used_ = 0;
  Object* newest_ = nullptr;  // clean objects, by last use
  Object* oldest_ = nullptr;
  std::vector<Object*> changed_;
  std::vector<Object*> writing_;
  std::size_t bytes_ = 0;
  std::size_t changed_bytes_ = 0;
  Hash128 digest_;
  Counts counts_;
};

}  // namespace due::state
