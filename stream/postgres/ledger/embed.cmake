# Writes OUTPUT: schemas/postgres/NNNN_name.sql as a table of migrations, in order of their numbers, which must have no gap.
cmake_minimum_required(VERSION 3.24)
file(GLOB files LIST_DIRECTORIES false RELATIVE "${ROOT}" "${ROOT}/*.sql")
list(SORT files)
set(rows "")
set(expected 0)
foreach(file IN LISTS files)
  if(NOT file MATCHES "^([0-9][0-9][0-9][0-9])_([a-z0-9_]+)\\.sql$")
    message(FATAL_ERROR "schemas/postgres/${file}: migrations are named NNNN_name.sql")
  endif()
  set(name "${CMAKE_MATCH_2}")
  math(EXPR expected "${expected} + 1")
  math(EXPR version "1${CMAKE_MATCH_1} - 10000")
  if(NOT version EQUAL expected)
    message(FATAL_ERROR "schemas/postgres/${file}: migration ${expected} is missing, or two have one number")
  endif()
  file(READ "${ROOT}/${file}" sql HEX)
  string(REGEX REPLACE "(..)" "\\\\x\\1" sql "${sql}")
  string(REGEX REPLACE "((\\\\x..)(\\\\x..)(\\\\x..)(\\\\x..)(\\\\x..)(\\\\x..)(\\\\x..)(\\\\x..))" "\\1\"\n     \"" sql "${sql}")
  string(APPEND rows "    {${version}, \"${name}\", \"${sql}\"},\n")
endforeach()
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT "// Made by embed.cmake from schemas/postgres.
#include \"stream/postgres/ledger/migrations.h\"

namespace due::postgres {

std::span<const Migration> migrations() {
  static constexpr Migration all[] = {
@rows@  };
  return all;
}

}  // namespace due::postgres
" @ONLY)
