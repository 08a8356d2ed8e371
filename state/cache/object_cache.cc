#include "state/cache/object_cache.h"

#include "schemas/base/result.h"

namespace due::state {
namespace {
using P = ObjectPlace;
}

ObjectCache::ObjectCache(RowStore& rows, std::size_t bytes_max) : rows_(rows), bytes_max_(bytes_max), slots_(1024, nullptr) {}

ObjectCache::~ObjectCache() {
  for (Object* o : slots_) delete o;
}

std::size_t ObjectCache::slot_of(std::string_view key, std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash & mask;
  while (slots_[i] != nullptr && (P::hash(*slots_[i]) != hash || P::key(*slots_[i]) != key)) i = (i + 1) & mask;
  return i;
}

Object* ObjectCache::find_object(std::string_view key, Load load) {
  const std::uint64_t hash = hash64(key);
  if (Object* held = slots_[slot_of(key, hash)]) {
    ++counts_.found;
    if (!P::changed(*held) && !P::writing(*held)) {
      unlink(*held);
      link_newest(*held);
    }
    return held->gone() ? nullptr : held;
  }
  std::unique_ptr<Object> loaded = load(key, rows_);
  if (!loaded) {
    ++counts_.absent;
    return nullptr;
  }
  ++counts_.loaded;
  Object& o = place(key, hash, std::move(loaded));
  link_newest(o);
  return &o;
}

Object& ObjectCache::add_object(std::string_view key, std::unique_ptr<Object> object) {
  const std::uint64_t hash = hash64(key);
  check(slots_[slot_of(key, hash)] == nullptr, "an object is added twice under one key");
  Object& o = place(key, hash, std::move(object));
  P::changed(o) = true;
  changed_.push_back(&o);
  changed_bytes_ += P::charged(o);
  return o;
}

Object& ObjectCache::place(std::string_view key, std::uint64_t hash, std::unique_ptr<Object> object) {
  if ((used_ + 1) * 8 > slots_.size() * 5) grow();
  Object& o = *object.release();  // the slot table owns it from here; drop() and the destructor delete it
  P::key(o).assign(key);
  P::hash(o) = hash;
  slots_[slot_of(key, hash)] = &o;
  ++used_;
  charge(o);
  return o;
}

void ObjectCache::charge(Object& o) {
  const std::size_t now = o.bytes() + o.key().size() + 64;  // 64: base class and table slot
  bytes_ += now - P::charged(o);
  if (P::changed(o)) changed_bytes_ += now - P::charged(o);
  P::charged(o) = now;
}

void ObjectCache::changed(Object& o) {
  if (!P::changed(o)) {
    if (!P::writing(o)) unlink(o);
    P::changed(o) = true;
    changed_.push_back(&o);
    changed_bytes_ += P::charged(o);
  }
  charge(o);
}

void ObjectCache::trim() {
  while (bytes_ > bytes_max_ && oldest_ != nullptr) {
    Object& o = *oldest_;
    unlink(o);
    drop(o);
    ++counts_.evicted;
  }
}

std::unique_ptr<RowBatch> ObjectCache::begin_persist() {
  check(writing_.empty(), "a persist begins before the last one is written");
  std::unique_ptr<RowBatch> batch = rows_.batch();
  RowSink sink(*batch, digest_);
  for (Object* o : changed_) {
    o->encode_changes(sink);
    P::changed(*o) = false;
    P::writing(*o) = true;
  }
  writing_.swap(changed_);
  changed_bytes_ = 0;
  return batch;
}

void ObjectCache::written() {
  for (Object* o : writing_) {
    P::writing(*o) = false;
    if (P::changed(*o)) continue;  // changed again meanwhile: pinned by that
    if (o->gone() || !o->worth_keeping()) {
      drop(*o);
    } else {
      link_newest(*o);
    }
  }
  writing_.clear();
}

void ObjectCache::grow() {
  std::vector<Object*> old(slots_.size() * 2, nullptr);
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (Object* o : old) {
    if (o == nullptr) continue;
    std::size_t i = P::hash(*o) & mask;
    while (slots_[i] != nullptr) i = (i + 1) & mask;
    slots_[i] = o;
  }
}

// Takes an unlinked object out of the table, moving back what probing had pushed behind it.
void ObjectCache::drop(Object& o) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t hole = P::hash(o) & mask;
  while (slots_[hole] != &o) hole = (hole + 1) & mask;
  for (std::size_t i = (hole + 1) & mask; slots_[i] != nullptr; i = (i + 1) & mask) {
    const std::size_t home = P::hash(*slots_[i]) & mask;
    if (((i - home) & mask) < ((i - hole) & mask)) continue;
    slots_[hole] = slots_[i];
    hole = i;
  }
  slots_[hole] = nullptr;
  --used_;
  bytes_ -= P::charged(o);
  delete &o;
}

void ObjectCache::link_newest(Object& o) {
  P::older(o) = newest_;
  P::newer(o) = nullptr;
  if (newest_ != nullptr) P::newer(*newest_) = &o;
  newest_ = &o;
  if (oldest_ == nullptr) oldest_ = &o;
}

void ObjectCache::unlink(Object& o) {
  (P::newer(o) != nullptr ? P::older(*P::newer(o)) : newest_) = P::older(o);
  (P::older(o) != nullptr ? P::newer(*P::older(o)) : oldest_) = P::newer(o);
  P::newer(o) = P::older(o) = nullptr;
}

}  // namespace due::state
