#include "state/cache/object_cache.h"

#include <utility>

#include "schemas/base/result.h"
#include "schemas/simulated/plant.h"

namespace due::state {
namespace {
using P = ObjectPlace;
constexpr std::size_t entry_bytes = 48;  // of an object in the tables of the cache
constexpr std::size_t looks_per_step = 64, looks_per_encoded = 4;
constexpr std::size_t objects_ahead = 8;  // of the one that is encoded or deleted

// The first lines of an object; what lies behind a smaller one is not read either.
void prefetch(const Object& o) {
  constexpr std::size_t line = 64, lines = 5;
  for (std::size_t i = 0; i < lines; ++i) __builtin_prefetch(reinterpret_cast<const char*>(&o) + i * line);
}
}  // namespace

ObjectCache::ObjectCache(RowStore& rows, std::size_t bytes_max)
    : rows_(rows), reader_(*this), bytes_max_(bytes_max), slots_(1024), open_(std::make_unique<RowBatch>()) {}

ObjectCache::~ObjectCache() {
  for (std::size_t i = 0; i < ring_.size(); ++i) {
    if (i + objects_ahead < ring_.size()) prefetch(*ring_[i + objects_ahead]);
    delete ring_[i];
  }
}

// ------------------------------------------------------------------------------------------------------------------- objects

std::size_t ObjectCache::slot_of(const Key& key, std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash & mask;
  while (slots_[i].object != nullptr && (slots_[i].hash != hash || !(slots_[i].object->key() == key))) i = (i + 1) & mask;
  return i;
}

void ObjectCache::expect(std::uint64_t key_hash, Near near) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = key_hash & mask;
  if (near == Near::place) return __builtin_prefetch(&slots_[i]);
  while (slots_[i].object != nullptr && slots_[i].hash != key_hash) i = (i + 1) & mask;
  if (slots_[i].object == nullptr) return;
  near == Near::object ? prefetch(*slots_[i].object) : slots_[i].object->bring_near();
}

Object* ObjectCache::find_object(const Key& key, Load load) {
  const std::uint64_t hash = key.hash();
  if (Object* held = slots_[slot_of(key, hash)].object) {
    ++counts_.found;
    P::used(*held) = true;
    return held;
  }
  std::unique_ptr<Object> loaded = load(key, reader_);
  if (!loaded) {
    ++counts_.absent;
    return nullptr;
  }
  ++counts_.loaded;
  return &place(key, hash, std::move(loaded));
}

Object& ObjectCache::add_object(const Key& key, std::unique_ptr<Object> object) {
  const std::uint64_t hash = key.hash();
  check(slots_[slot_of(key, hash)].object == nullptr, "an object is added twice under one key");
  return edit_object(place(key, hash, std::move(object)));
}

Object& ObjectCache::place(const Key& key, std::uint64_t hash, std::unique_ptr<Object> object) {
  if ((ring_.size() + 1) * 8 > slots_.size() * 5) grow();
  Object& o = *object.release();  // the ring owns it from here; drop() and the destructor delete it
  P::key(o) = key;
  P::ring(o) = static_cast<std::uint32_t>(ring_.size());
  ring_.push_back(&o);
  slots_[slot_of(key, hash)] = {hash, &o};
  touch(o);
  return o;
}

Object& ObjectCache::edit_object(Object& o) {
  if (P::epoch(o) == epoch_) {
    touch(o);
    return o;
  }
  if (P::epoch(o) != 0) encode(o);  // the cut must not see this change
  P::epoch(o) = epoch_;
  changed_bytes_ += P::charged(o);
  changed_.push_back(&o);
  touch(o);
  return o;
}

void ObjectCache::touch(Object& o) {
  if (P::touched(o)) return;
  P::touched(o) = true;
  touched_.push_back(&o);
}

void ObjectCache::charge(Object& o) {
  const std::size_t now = o.bytes() + entry_bytes;
  const std::size_t before = P::charged(o);
  object_bytes_ += now - before;
  if (P::epoch(o) == epoch_) changed_bytes_ += now - before;
  P::charged(o) = static_cast<std::uint32_t>(now);
}

void ObjectCache::end_step() {
  for (Object* o : touched_) {
    P::touched(*o) = false;
    charge(*o);
  }
  touched_.clear();
  if (bytes() > bytes_max_) evict(looks_per_step);
}

// What was used since the clock's hand came by is spared once. A step adds a few objects, so a few looks keep up with it, and it is never
// held up by a ring of changed ones.
void ObjectCache::evict(std::size_t looks) {
  for (; looks > 0 && bytes() > bytes_max_ && !ring_.empty(); --looks) {
    if (hand_ >= ring_.size()) hand_ = 0;
    Object& o = *ring_[hand_];
    if (planted("changed-object-evicted") && P::epoch(o) == epoch_) {
      std::erase(changed_, &o);
      changed_bytes_ -= P::charged(o);
      P::epoch(o) = 0;
    }
    if (P::epoch(o) != 0 || std::exchange(P::used(o), false)) {
      ++hand_;
    } else {
      drop(o);
      ++counts_.evicted;
    }
  }
}

void ObjectCache::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& s : old) {
    if (s.object == nullptr) continue;
    std::size_t i = s.hash & mask;
    while (slots_[i].object != nullptr) i = (i + 1) & mask;
    slots_[i] = s;
  }
}

// Takes an object out of the tables, moving back what probing had pushed behind it.
void ObjectCache::drop(Object& o) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t hole = o.key().hash() & mask;
  while (slots_[hole].object != &o) hole = (hole + 1) & mask;
  for (std::size_t i = (hole + 1) & mask; slots_[i].object != nullptr; i = (i + 1) & mask) {
    const std::size_t home = slots_[i].hash & mask;
    if (((i - home) & mask) < ((i - hole) & mask)) continue;
    slots_[hole] = slots_[i];
    hole = i;
  }
  slots_[hole] = {};
  Object* const last = ring_.back();
  ring_[P::ring(o)] = last;
  P::ring(*last) = P::ring(o);
  ring_.pop_back();
  object_bytes_ -= P::charged(o);
  delete &o;
}

// ---------------------------------------------------------------------------------------------------------------------- rows

bool ObjectCache::Reader::get(std::string_view key, std::string& value) {
  const std::uint64_t hash = hash64(key);
  const RowBatch::Row* row = cache_.open_->find(key, hash);
  if (row == nullptr && cache_.cut_) row = cache_.cut_->find(key, hash);
  if (row == nullptr) return cache_.rows_.get(key, value);
  if (row->erased) return false;
  value.assign(row->value());
  return true;
}

void ObjectCache::Reader::scan(std::string_view prefix, const std::function<void(std::string_view, std::string_view)>& row) {
  check(cache_.open_->rows().empty() && !cache_.cut_, "rows are scanned while some of them are not written yet");
  cache_.rows_.scan(prefix, row);
}

bool ObjectCache::get(const Key& key, std::string& value) { return reader_.get(key.view(), value); }

void ObjectCache::put(const Key& key, std::string_view value) {
  const std::uint64_t hash = key.hash();
  open_change_ = open_change_.plus(RowSink::row_hash(hash, value));
  open_->put(key.view(), hash, value);
}

void ObjectCache::replace(const Key& key, std::string_view old, std::string_view value) {
  open_change_ = open_change_.minus(RowSink::row_hash(key, old));
  put(key, value);
}

void ObjectCache::erase(const Key& key, std::string_view old) {
  const std::uint64_t hash = key.hash();
  open_change_ = open_change_.minus(RowSink::row_hash(hash, old));
  if (!planted("erased-row-kept")) open_->erase(key.view(), hash);
}

// ---------------------------------------------------------------------------------------------------------------------- cuts

void ObjectCache::cut() {
  check(!cut_, "a cut is made before the last one is written");
  cut_ = std::move(open_);
  open_ = std::make_unique<RowBatch>();
  cut_change_ = std::exchange(open_change_, {});
  cut_objects_.swap(changed_);
  changed_bytes_ = 0;
  encoded_ = 0;
  ++epoch_;
  (void)encode(0);
}

void ObjectCache::encode(Object& o) {
  RowSink sink(*cut_, cut_change_, scratch_);
  o.encode_changes(sink);
  P::epoch(o) = 0;
}

bool ObjectCache::encode(std::size_t objects_max) {
  if (!cut_) return true;
  for (; encoded_ < cut_objects_.size() && objects_max > 0; ++encoded_, --objects_max) {
    Object& o = *cut_objects_[encoded_];
    if (encoded_ + objects_ahead < cut_objects_.size()) prefetch(*cut_objects_[encoded_ + objects_ahead]);
    if (encoded_ + objects_ahead / 2 < cut_objects_.size()) cut_objects_[encoded_ + objects_ahead / 2]->bring_near();
    if (P::epoch(o) != 0 && P::epoch(o) != epoch_) {  // else a change was first, which encoded it
      encode(o);
      if (!o.worth_keeping()) {
        drop(o);
        ++counts_.evicted;
      }
    }
    if (bytes() > bytes_max_) evict(looks_per_encoded);  // rows take the place of objects that are equal to theirs
  }
  if (!encoded()) return false;
  digest_ = digest_.plus(std::exchange(cut_change_, {}));
  return true;
}

void ObjectCache::written() {
  check(cut_ != nullptr && encoded(), "a cut is called written before it is encoded");
  cut_.reset();
  cut_objects_.clear();
}

}  // namespace due::state
