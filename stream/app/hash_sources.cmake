# Writes OUTPUT: one hash over everything that decides. Sources of schemas/, state/api and topology/, and the compiler's flags.
cmake_minimum_required(VERSION 3.25)  # a script of its own: without it the policies of 2.4 hold
file(GLOB_RECURSE sources LIST_DIRECTORIES false RELATIVE "${ROOT}"
     "${ROOT}/schemas/*.h" "${ROOT}/schemas/*.cc" "${ROOT}/schemas/*.inc" "${ROOT}/state/api/*.h" "${ROOT}/topology/*.h" "${ROOT}/topology/*.cc")
list(SORT sources)
set(all "${FLAGS}")
foreach(source IN LISTS sources)
  file(SHA256 "${ROOT}/${source}" hash)
  string(APPEND all ";${source}=${hash}")
endforeach()
string(SHA256 all_hash "${all}")
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT "// Made by hash_sources.cmake: what decides, in one hash.
#pragma once
namespace due::app {
inline constexpr char logic_sources[] = \"@all_hash@\";
}
" @ONLY)
