"""A planted violation is found, and what is right stays silent: .ci/check_layers.py."""
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../../.ci"))
import check_layers  # noqa: E402


def complaints(path, text):
    return [f"{line}: {complaint}" for line, complaint in check_layers.check_file(path, text)]


class Layers(unittest.TestCase):
    def finds(self, path, text, expected):
        found = complaints(path, text)
        self.assertEqual(len(found), 1, found)
        self.assertIn(expected, found[0])

    def accepts(self, path, text):
        self.assertEqual(complaints(path, text), [])

    def test_an_include_that_points_up_is_found_with_its_line(self):
        self.finds("schemas/base/money.h", '#pragma once\n#include "topology/graph/processor.h"\n', "2: schemas/base may not include topology/graph")

    def test_one_domain_may_not_include_another(self):
        self.finds("topology/risk/rule.cc", '#include "topology/billing/rate.h"\n', "topology/risk may not include topology/billing/rate.h")

    def test_a_store_may_not_include_another(self):
        self.finds("state/cache/cache.cc", '#include "state/rocksdb/store.h"\n', "state/cache may not include")

    def test_the_seam_does_not_know_its_implementations(self):
        self.finds("stream/log/log.h", '#include "stream/kafka/reader.h"\n', "stream/log may not include")

    def test_the_runtime_does_not_know_kafka(self):
        self.finds("stream/runtime/worker.cc", '#include "stream/kafka/reader.h"\n', "stream/runtime may not include")

    def test_a_folder_alone_does_not_allow_what_is_below_it(self):
        self.accepts("stream/runtime/worker.cc", '#include "stream/log/log.h"\n')
        self.finds("stream/runtime/worker.cc", '#include "stream/log/embedded/log.h"\n', "stream/runtime may not include")

    def test_what_points_down_and_ones_own_folder_are_fine(self):
        self.accepts("topology/account/account.cc", '#include "topology/account/page.h"\n#include "schemas/base/money.h"\n#include "state/api/store.h"\n')
        self.accepts("stream/app/wire.cc", '#include "stream/kafka/log.h"\n#include "state/rocksdb/store.h"\n')
        self.accepts("tests/unit/stream/kafka/triage_test.cc", '#include "stream/kafka/triage.h"\n#include <librdkafka/rdkafka.h>\n')

    def test_a_third_party_header_outside_its_home_is_found(self):
        for path, header in [("stream/runtime/worker.cc", "librdkafka/rdkafka.h"), ("stream/runtime/worker.cc", "rocksdb/db.h"),
                             ("schemas/events/events.cc", "simdjson.h"), ("stream/cli/run.cc", "toml++/toml.h"),
                             ("stream/runtime/worker.cc", "spdlog/spdlog.h"), ("stream/cli/run.cc", "lzma.h"),
                             ("stream/log/partitioner.cc", "xxhash.h"), ("stream/runtime/worker.cc", "CLI/CLI.hpp")]:
            self.finds(path, f"#include <{header}>\n", "belongs to")

    def test_a_third_party_header_at_home_is_fine(self):
        self.accepts("stream/kafka/handles.h", "#include <librdkafka/rdkafka.h>\n")
        self.accepts("stream/cli/feeds/xz.cc", "#include <lzma.h>\n")

    def test_quotes_without_a_folder_are_found(self):
        self.finds("schemas/base/money.cc", '#include "money.h"\n', "from the project's root")

    def test_every_impurity_is_found_in_the_pure_part(self):
        for text in ["auto t = std::chrono::steady_clock::now();", "auto t = system_clock :: now ();", "int r = rand();",
                     "std::random_device seed;", 'auto p = std::getenv("P");', "#include <thread>", "#include <fstream>",
                     "double d = std::log(x);", "double d = std::exp(x);", "double d = std::pow(x, 2);",
                     "std::unordered_map<int, int> m;", "std::unordered_set<int> s;"]:
            for path in ["schemas/events/a.cc", "state/api/a.h", "topology/risk/a.cc"]:
                self.assertEqual(len(complaints(path, text + "\n")), 1, f"{path}: {text}")
            self.assertEqual(complaints("stream/runtime/a.cc", text + "\n"), [])

    def test_words_in_comments_and_literals_are_no_violation(self):
        self.accepts("topology/risk/a.cc", '// never rand() nor steady_clock::now()\n/* std::pow(\nunordered_map */ const char* s = "getenv(";\n')

    def test_a_digit_separator_does_not_hide_what_follows(self):
        self.finds("topology/risk/a.cc", "int a = 1'000'000; int r = rand(); char c = 'x';\n", "rand")

    def test_longer_names_are_no_violation(self):
        self.accepts("topology/risk/a.cc", "int b = brand(1); auto l = std::logic_error{why}; my_log(x); double s = std::sqrt(x);\n")

    def test_a_folder_without_a_row_is_found(self):
        # Its own complaint, rather than silence.
        self.finds("deploy/tool.cc", '#include "schemas/base/money.h"\n', "add a row")


if __name__ == "__main__":
    unittest.main()
