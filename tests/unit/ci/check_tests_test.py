"""A test that nobody runs is found: .ci/check_tests.py."""
import json
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../../.ci"))
import check_tests  # noqa: E402


class TestsInTheBuild(unittest.TestCase):
    def test_each_kind_is_looked_for_where_it_is_run(self):
        with tempfile.TemporaryDirectory() as root:
            build = os.path.join(root, "build")
            for path in ["tests/unit/in_test.cc", "tests/unit/out_test.cc", "tests/unit/in_test.py", "tests/unit/out_test.py",
                         "tests/crash/in_test.sh", "tests/crash/out_test.sh", "tests/unit/helper.cc", "build/"]:
                os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
                if not path.endswith("/"):
                    open(os.path.join(root, path), "w", encoding="utf-8").close()
            with open(os.path.join(build, "compile_commands.json"), "w", encoding="utf-8") as file:
                json.dump([{"directory": build, "file": "../tests/unit/in_test.cc"}], file)
            with open(os.path.join(build, "CTestTestfile.cmake"), "w", encoding="utf-8") as file:
                file.write(f'add_test([=[x]=] "python3" "{root}/tests/unit/in_test.py")\n')
            with open(os.path.join(root, "tests/suites.txt"), "w", encoding="utf-8") as file:
                file.write("in | broker | tests/crash/in_test.sh\n# out | - | tests/crash/out_test.sh\n")
            missing = sorted(test for test, _ in check_tests.missing_tests(root, build))
            self.assertEqual(missing, ["tests/crash/out_test.sh", "tests/unit/out_test.cc", "tests/unit/out_test.py"])


if __name__ == "__main__":
    unittest.main()
