"""What is too long is found, on both sides of every limit: .ci/check_sizes.py."""
import contextlib
import io
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../../.ci"))
import check_sizes  # noqa: E402


def function(lines, head="int f(int x) {"):
    return "\n".join([head] + ["  x += 1;"] * (lines - 2) + ["}"]) + "\n"


class Sizes(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def write(self, path, text):
        path = os.path.join(self.folder.name, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def check(self, exceptions=None):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            code = check_sizes.main(self.folder.name, exceptions or {})
        return code, output.getvalue()

    def test_limits_are_inclusive(self):
        self.write("schemas/a.h", "//\n" * 200)
        self.write("schemas/a.cc", "//\n" * 600)
        self.write("schemas/b.cc", function(70))
        self.assertEqual(self.check()[0], 0, self.check()[1])

    def test_one_more_is_refused(self):
        for path, text, words in [("stream/a.h", "//\n" * 201, "201 lines, at most 200"), ("stream/a.cc", "//\n" * 601, "601 lines, at most 600"),
                                  ("deploy/a.sh", "#\n" * 601, "601 lines"), ("state/b.cc", function(71), "b.cc:1: f has 71 lines, at most 70")]:
            self.setUp()
            self.write(path, text)
            code, output = self.check()
            self.assertEqual(code, 1, path)
            self.assertIn(words, output)

    def test_a_folder_holds_fifteen_source_files(self):
        for number in range(15):
            self.write(f"topology/risk/f{number}.cc", "")
        self.write("topology/risk/CMakeLists.txt", "")
        self.assertEqual(self.check()[0], 0)
        self.write("topology/risk/f15.cc", "")
        code, output = self.check()
        self.assertEqual(code, 1)
        self.assertIn("topology/risk: 16 source files", output)

    def test_an_exception_silences_and_an_idle_one_is_refused(self):
        self.write("schemas/a.h", "//\n" * 300)
        exceptions = {("schemas/a.h", "lines"): "a reason"}
        self.assertEqual(self.check(exceptions)[0], 0)
        self.write("schemas/a.h", "//\n")
        code, output = self.check(exceptions)
        self.assertEqual(code, 1)
        self.assertIn("no longer needed", output)


class Functions(unittest.TestCase):
    def names(self, text):
        return [(name, first, size) for name, first, size in check_sizes.functions(text)]

    def test_functions_inside_namespaces_and_classes_are_found(self):
        text = "namespace due {\nclass A {\n public:\n  int get() const {\n    return 1;\n  }\n};\n\nint A::set(int x) {\n  if (x) {\n  }\n  return x;\n}\n}\n"
        self.assertEqual(self.names(text), [("get", 4, 3), ("A::set", 9, 5)])

    def test_tests_and_heads_over_several_lines_count_from_their_head(self):
        self.assertEqual(self.names("TEST(A, B) {\n}\nint\nlong_head(int a,\n          int b)\n{\n}\n"), [("TEST", 1, 2), ("long_head", 3, 5)])

    def test_braces_in_literals_comments_and_macros_do_not_count(self):
        text = 'int f() {\n  const char* s = "}}}"; char c = \'{\';  // }\n#define OPEN {\n  auto r = R"({{)";\n}\nint g() {\n}\n'
        self.assertEqual(self.names(text), [("f", 1, 5), ("g", 6, 2)])

    def test_types_and_tables_are_no_functions(self):
        self.assertEqual(self.names("struct A { int x; };\nenum class B { a, b };\nconst int table[] = {\n 1,\n};\n"), [])


if __name__ == "__main__":
    unittest.main()
