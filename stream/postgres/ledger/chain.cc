#include "stream/postgres/ledger/chain.h"

#include <openssl/evp.h>

#include "schemas/base/result.h"

namespace due::postgres {

struct ChainHash::State {
  struct Free {
    void operator()(EVP_MD_CTX* c) const noexcept { EVP_MD_CTX_free(c); }
    void operator()(EVP_MD* m) const noexcept { EVP_MD_free(m); }
  };
  // Fetched once: looking an algorithm up costs more than hashing a row.
  std::unique_ptr<EVP_MD, Free> algorithm{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

ChainHash::ChainHash() : state_(std::make_unique<State>()) {
  check(state_->algorithm && state_->context, "OpenSSL has no SHA-256");
}
ChainHash::~ChainHash() = default;

void ChainHash::extend(Link& link, std::string_view tuple) {
  EVP_MD_CTX* context = state_->context.get();
  const bool done = EVP_DigestInit_ex2(context, state_->algorithm.get(), nullptr) == 1 &&
                    EVP_DigestUpdate(context, link.data(), link.size()) == 1 &&
                    EVP_DigestUpdate(context, tuple.data(), tuple.size()) == 1 && EVP_DigestFinal_ex(context, link.data(), nullptr) == 1;
  check(done, "OpenSSL could not hash a row");
}

Link sha256(std::string_view bytes) {
  Link link{};
  check(EVP_Digest(bytes.data(), bytes.size(), link.data(), nullptr, EVP_sha256(), nullptr) == 1, "OpenSSL could not hash");
  return link;
}

std::string hex(const Link& link) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : link) {
    text.push_back(digits[byte >> 4]);
    text.push_back(digits[byte & 15]);
  }
  return text;
}

Link link_of(std::string_view hex) {
  Link link{};
  check(hex.size() == 2 * link.size(), "a stored link has not 32 bytes");
  const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
  for (std::size_t i = 0; i < link.size(); ++i) link[i] = static_cast<unsigned char>(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
  return link;
}

Link first_link(std::string_view topic, std::int32_t partition, std::string_view task) {
  std::string name = "duestream ledger chain 1\n";
  name.append(topic).append("/").append(std::to_string(partition)).append("/").append(task);
  return sha256(name);
}

}  // namespace due::postgres
