// SPDX-License-Identifier: Apache-2.0
// Cereal over plain bytes, made safe for bytes that anyone may have written. Cereal by itself
// trusts what it reads: it allocates whatever length stands there, puts any byte into a bool or an
// enum (undefined behaviour), and ignores what is left over. Here nothing is allocated ahead of the
// bytes that are there, flags and enumerators are checked, and one value has one encoding.
//
// For the codecs' .cpp files only: Cereal stays out of headers that others include.
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
#include <istream>
#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <cereal/archives/portable_binary.hpp>

#include "raft/assert.h"

namespace node {

// Stream buffers over a string cost half of what std::stringstream does, and copy nothing.
class StringSink final : public std::streambuf {
 public:
  explicit StringSink(std::string& out) : out_(out) {}

 protected:
  std::streamsize xsputn(const char* bytes, std::streamsize size) override {
    out_.append(bytes, static_cast<std::size_t>(size));
    return size;
  }
  int_type overflow(int_type byte) override {
    if (!traits_type::eq_int_type(byte, traits_type::eof()))
      out_ += traits_type::to_char_type(byte);
    return traits_type::not_eof(byte);
  }

 private:
  std::string& out_;
};

class StringSource final : public std::streambuf {
 public:
  explicit StringSource(std::string_view bytes) {
    char* begin = const_cast<char*>(bytes.data());  // only ever read
    setg(begin, begin, begin + bytes.size());
  }
  bool exhausted() const { return gptr() == egptr(); }
};

// The building blocks of a codec's serialize() functions: views of one member each.

// A string: its length (4 bytes), its bytes.
template <class Archive>
void save_text(Archive& archive, const std::string& text) {
  RAFT_ASSERT(text.size() <= UINT32_MAX);
  archive(static_cast<std::uint32_t>(text.size()), cereal::binary_data(text.data(), text.size()));
}
template <class Archive>
void load_text(Archive& archive, std::string& text) {
  constexpr std::size_t kStep = 1 << 16;
  std::uint32_t size = 0;
  archive(size);
  text.clear();
  while (text.size() < size) {
    const std::size_t old = text.size();
    const std::size_t step = std::min<std::size_t>(kStep, size - old);
    text.resize(old + step);
    archive(cereal::binary_data(text.data() + old, step));
  }
}
struct Text {
  std::string& value;

  template <class Archive>
  void save(Archive& archive) const {
    save_text(archive, value);
  }
  template <class Archive>
  void load(Archive& archive) {
    load_text(archive, value);
  }
};

// A vector: the number of its elements (4 bytes), the elements.
template <class Element>
struct Sequence {
  std::vector<Element>& value;

  template <class Archive>
  void save(Archive& archive) const {
    RAFT_ASSERT(value.size() <= UINT32_MAX);
    archive(static_cast<std::uint32_t>(value.size()));
    for (const Element& element : value)
      archive(element);
  }
  template <class Archive>
  void load(Archive& archive) {
    constexpr std::uint32_t kStep = 64;
    std::uint32_t size = 0;
    archive(size);
    value.clear();
    value.reserve(std::min(size, kStep));
    for (std::uint32_t i = 0; i < size; ++i)
      archive(value.emplace_back());
  }
};
template <class Element>
Sequence(std::vector<Element>&) -> Sequence<Element>;

// A bool: one byte, 0 or 1.
struct Flag {
  bool& value;

  template <class Archive>
  void save(Archive& archive) const {
    archive(static_cast<std::uint8_t>(value ? 1 : 0));
  }
  template <class Archive>
  void load(Archive& archive) {
    std::uint8_t byte = 0;
    archive(byte);
    if (byte > 1) throw cereal::Exception("neither true nor false");
    value = byte == 1;
  }
};

// An enum whose enumerators count from 0 to `last`: one byte.
template <class Enum>
struct Enumerator {
  Enum& value;
  Enum last;

  template <class Archive>
  void save(Archive& archive) const {
    archive(static_cast<std::uint8_t>(value));
  }
  template <class Archive>
  void load(Archive& archive) {
    std::uint8_t byte = 0;
    archive(byte);
    if (byte > static_cast<std::uint8_t>(last)) throw cereal::Exception("no such enumerator");
    value = static_cast<Enum>(byte);
  }
};
template <class Enum>
Enumerator(Enum&, Enum) -> Enumerator<Enum>;

// A stream that goes to, or comes from, the given buffer as long as this lives. To make a stream
// costs as much as to code a message, as it looks into the locale: each thread has one.
template <class Stream>
class StreamOf {
 public:
  explicit StreamOf(std::streambuf& buffer) { stream().rdbuf(&buffer); }
  ~StreamOf() { stream().rdbuf(nullptr); }
  StreamOf(const StreamOf&) = delete;
  StreamOf& operator=(const StreamOf&) = delete;
  operator Stream&() { return stream(); }

 private:
  static Stream& stream() {
    thread_local Stream stream(nullptr);
    return stream;
  }
};

template <class Value>
std::string to_bytes(const Value& value) {
  std::string bytes;
  StringSink sink(bytes);
  StreamOf<std::ostream> stream(sink);
  using Archive = cereal::PortableBinaryOutputArchive;
  Archive archive(stream, Archive::Options::LittleEndian());
  archive(value);
  return bytes;
}

// Goes through a value as an archive does, and only counts the bytes that it would write.
class ByteCounter {
 public:
  template <class... Values>
  void operator()(const Values&... values) {
    (count(values), ...);
  }
  std::size_t bytes() const { return bytes_; }

 private:
  template <class Value>
  void count(const Value& value) {
    if constexpr (std::is_arithmetic_v<Value>) {
      bytes_ += sizeof(Value);
    } else if constexpr (requires { value.save(*this); }) {
      value.save(*this);
    } else if constexpr (requires { save(*this, value); }) {
      save(*this, value);
    } else {
      serialize(*this, const_cast<Value&>(value));  // which writes it, or reads it
    }
  }
  template <class Bytes>
  void count(const cereal::BinaryData<Bytes>& data) {
    bytes_ += data.size;
  }

  std::size_t bytes_ = 0;
};

// to_bytes(value).size()
template <class Value>
std::size_t size_of_bytes(const Value& value) {
  ByteCounter counter;
  counter(std::uint8_t{}, value);  // first the byte order
  return counter.bytes();
}

// Whether `bytes` are exactly one encoded value, which is then in `value`. Never throws.
template <class Value>
bool from_bytes(std::string_view bytes, Value& value) {
  // Cereal's first byte says the byte order; it would take either.
  if (bytes.empty() || bytes.front() != 1) return false;
  try {
    StringSource source(bytes);
    StreamOf<std::istream> stream(source);
    using Archive = cereal::PortableBinaryInputArchive;
    Archive archive(stream, Archive::Options::LittleEndian());
    archive(value);
    return source.exhausted();
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace node
