// state/api/object.h
// Decoded objects: what a processor reads and changes. One object may own several rows; a step changes few of them.
//
//   Shape    an object is found under one key; its rows share the key's prefix
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
  virtual bool gone() const { return false; }          // no longer part of the state, though it still occupies its entry
  virtual bool worth_keeping() const { return true; }  // false: rarely read again, so evicted first
  std::string_view key() const { return key_; }

 private:
  friend class ObjectPlace;
  std::string key_;
  std::uint64_t hash_ = 0;
  Object* newer_ = nullptr;  // list links of whatever store holds it
  Object* older_ = nullptr;
  std::size_t charged_ = 0;
  bool changed_ = false;
  bool writing_ = false;
};

// The bookkeeping fields of an object, for the store that holds it.
class ObjectPlace {
 public:
  static std::string& key(Object& o) { return o.key_; }
  static std::uint64_t& hash(Object& o) { return o.hash_; }
  static Object*& newer(Object& o) { return o.newer_; }
  static Object*& older(Object& o) { return o.older_; }
  static std::size_t& charged(Object& o) { return o.charged_; }
  static bool& changed(Object& o) { return o.changed_; }
  static bool& writing(Object& o) { return o.writing_; }
};

// An object that is exactly one row.
class RowObject : public Object {
 public:
  void encode_changes(RowSink& sink) final {
    if (gone_) return sink.erase(key(), stored_);
    std::string value;
    ByteWriter writer(value);
    encode(writer);
    sink.put(key(), value, stored_);
  }
  bool gone() const final { return gone_; }
  void remove() { gone_ = true; }

 protected:
  virtual void encode(ByteWriter& out) const = 0;
  void loaded_from(std::string_view row_key, std::string_view value) { stored_ = RowSink::row_hash(row_key, value); }

 private:
  Hash128 stored_;
  bool gone_ = false;
};

// Finds, adds and marks objects. A pointer it hands out is valid until the step ends.
class ObjectStore {
 public:
  using Load = std::unique_ptr<Object> (*)(std::string_view key, RowReader& rows);  // null: absent

  virtual ~ObjectStore() = default;
  template <class T>
  T* find(std::string_view key) {
    return static_cast<T*>(
        find_object(key, [](std::string_view k, RowReader& rows) -> std::unique_ptr<Object> { return T::load(k, rows); }));
  }
  template <class T>
  T& add(std::string_view key, std::unique_ptr<T> object) {  // the key must be absent, or its object gone
    return static_cast<T&>(add_object(key, std::move(object)));
  }
  virtual void changed(Object& object) = 0;  // after every change, before the step ends

  virtual RowReader& rows() = 0;

 protected:
  virtual Object* find_object(std::string_view key, Load load) = 0;
  virtual Object& add_object(std::string_view key, std::unique_ptr<Object> object) = 0;
};

}  // namespace due::state
