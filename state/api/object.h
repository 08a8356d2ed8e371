// state/api/object.h
// What a processor reads and changes: decoded objects, and rows that are written once and rarely read again.
//
//   Shape    an object is found under one key; it may own several rows, of which a step changes few
//   Errors   StoreFailure, see rows.h
//   Threads  owned by one task
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "schemas/base/bytes.h"
#include "state/api/rows.h"

namespace due::state {

class Object {
 public:
  Object() = default;
  virtual ~Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  virtual void encode_changes(RowSink& sink) = 0;      // every row that differs from what is stored
  virtual std::size_t bytes() const = 0;               // memory held, in bytes, about
  virtual bool worth_keeping() const { return true; }  // false: rarely read again, so it goes once it is encoded
  virtual void bring_near() const {}                   // memory it points at into the processor's caches; for speed alone
  const Key& key() const { return key_; }

 private:
  friend class ObjectPlace;
  Key key_;
  std::uint32_t epoch_ = 0;
  std::uint32_t charged_ = 0;
  std::uint32_t ring_ = 0;
  bool used_ = true;
  bool touched_ = false;
};

// The bookkeeping fields of an object, for the store that holds it.
class ObjectPlace {
 public:
  static Key& key(Object& o) { return o.key_; }
  static std::uint32_t& epoch(Object& o) { return o.epoch_; }      // in which it was changed and not encoded yet; 0: equal to its rows
  static std::uint32_t& charged(Object& o) { return o.charged_; }  // bytes it is counted with
  static std::uint32_t& ring(Object& o) { return o.ring_; }        // its place among all objects
  static bool& used(Object& o) { return o.used_; }                 // since the last look at it for eviction
  static bool& touched(Object& o) { return o.touched_; }           // in this step
};

// Pointers and references it hands out are valid until the step ends.
class ObjectStore {
 public:
  using Load = std::unique_ptr<Object> (*)(const Key& key, RowReader& rows);  // null: absent

  virtual ~ObjectStore() = default;
  template <class T>
  const T* find(const Key& key) {  // null: absent
    return static_cast<const T*>(
        find_object(key, [](const Key& k, RowReader& rows) -> std::unique_ptr<Object> { return T::load(k, rows); }));
  }
  template <class T>
  T& add(const Key& key, std::unique_ptr<T> object) {  // the key must be absent
    return static_cast<T&>(add_object(key, std::move(object)));
  }
  // The only way to a change. Comes before it: what is being made durable may have to be put aside as it was.
  template <class T>
  T& edit(const T& object) {
    return static_cast<T&>(edit_object(const_cast<T&>(object)));  // every object here was handed over as mutable, to add() or by load
  }

  // Rows without an object. `old` is the value that get() gave.
  virtual bool get(const Key& key, std::string& value) = 0;  // false: absent, `value` is untouched
  virtual void put(const Key& key, std::string_view value) = 0;  // the key must be absent
  virtual void replace(const Key& key, std::string_view old, std::string_view value) = 0;
  virtual void erase(const Key& key, std::string_view old) = 0;

  virtual RowReader& rows() = 0;

  // Said some steps ahead, in this order: an object will be asked for whose key has this hash. Brings its place in the tables, the object,
  // then what that points at into the processor's caches. Changes nothing, whether the object is there or not.
  enum class Near { place, object, whole };
  virtual void expect(std::uint64_t key_hash, Near near) const = 0;

 protected:
  virtual Object* find_object(const Key& key, Load load) = 0;
  virtual Object& add_object(const Key& key, std::unique_ptr<Object> object) = 0;
  virtual Object& edit_object(Object& object) = 0;
};

}  // namespace due::state
