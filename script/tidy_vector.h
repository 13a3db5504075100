// Read before files that include libtorch 1.13, by script/tidy alone. clang 14 instantiates the constexpr members that
// std::vector has in C++20 too early, and rejects libtorch's vectors of the incomplete type c10::IValue for it. Without
// constexpr it does not. libstdc++ 12 declares one function in another header, hence the other name.
#ifdef __cplusplus
#include <string>
#undef _GLIBCXX20_CONSTEXPR
#define _GLIBCXX20_CONSTEXPR
#define __fill_a1 fill_bits_without_constexpr
#include <vector>
#undef __fill_a1
#undef _GLIBCXX20_CONSTEXPR
#define _GLIBCXX20_CONSTEXPR constexpr
#endif
