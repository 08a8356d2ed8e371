#!/usr/bin/env python3
"""Who may include whom, and what the pure part may not do: check_layers.py [ROOT]

Two small tables. Before changing one, think hard: an arrow once added is never taken out again. The picture behind them: facts
in schemas/, memory in state/, decisions in topology/, all I/O and threads in stream/; nothing points up, and one domain learns of
another only through an event. tests/ may include everything.
"""
import os
import re
import sys

# Folder -> what it may include besides itself and what lies below it. "a/b" is that folder alone, "a/b/" everything below it too.
# A file belongs to the longest folder that matches.
MAY_INCLUDE = {
    "schemas/base": [],
    "schemas/events": ["schemas/base"],
    "schemas/codec": ["schemas/base/", "schemas/events"],
    "schemas/codec/output": ["schemas/base"],
    "schemas": [],
    "state/api": ["schemas/"],
    "state/memory": ["schemas/", "state/api"],
    "state/rocksdb": ["schemas/", "state/api"],
    "state/cache": ["schemas/", "state/api"],
    "state/timers": ["schemas/", "state/api"],
    "topology/graph": ["schemas/", "state/api"],
    "topology/features": ["schemas/", "state/api", "topology/graph"],
    "topology/scoring": ["schemas/", "state/api", "topology/graph", "topology/features"],
    "topology/risk": ["schemas/", "state/api", "topology/graph", "topology/features", "topology/scoring"],
    "topology/master": ["schemas/", "state/api"],
    "topology/billing": ["schemas/", "state/api"],
    "topology/register": ["schemas/", "state/api", "topology/graph", "topology/intake", "topology/billing"],
    # The account task is the one that puts the steps of one customer together: intake, features, risk.
    "topology/account": ["schemas/", "state/api", "topology/graph", "topology/intake", "topology/features", "topology/scoring", "topology/master",
                         "topology/billing", "topology/risk"],
    "topology": ["schemas/", "state/api", "topology/graph"],
    "stream/log": ["schemas/"],
    "stream/log/embedded": ["schemas/", "stream/log"],
    "stream/kafka": ["schemas/", "stream/log"],
    "stream/runtime": ["schemas/", "state/", "topology/graph", "stream/log"],
    "stream/postgres": ["schemas/", "stream/log", "stream/runtime/telling"],
    "stream/checkpoint": ["schemas/", "state/api", "stream/runtime/telling"],
    "stream/xgboost": ["schemas/", "topology/graph", "topology/scoring", "topology/features"],
    "stream/metrics": ["schemas/", "stream/runtime/telling"],
    "stream/http": ["schemas/", "state/api", "topology/", "stream/log", "stream/runtime/", "stream/metrics"],
    "stream/cli": ["schemas/", "state/api", "topology/", "stream/log", "stream/runtime/", "stream/metrics", "stream/http", "stream/app",
                   "stream/postgres", "stream/checkpoint"],
    # wire.cc is the only file that names concrete classes.
    "stream/app": ["schemas/", "state/", "topology/", "stream/"],
    "tests": ["schemas/", "state/", "topology/", "stream/"],
}

# Third-party header, or folder of headers -> its homes. tests/ may use all of them.
HOMES = {
    "librdkafka/": ["stream/kafka"],
    "rdkafka.h": ["stream/kafka"],
    "rocksdb/": ["state/rocksdb"],
    "simdjson.h": ["schemas/codec"],
    "xxhash.h": ["schemas/base"],
    "lzma.h": ["stream/cli/feeds"],
    "CLI/": ["stream/cli", "stream/app"],
    "toml.hpp": ["stream/app"],
    "toml++/": ["stream/app"],
    "yaml-cpp/": ["stream/app"],
    "spdlog/": ["stream/app", "stream/cli"],
    "pqxx/": ["stream/postgres"],
    "libpq-fe.h": ["stream/postgres"],
    "openssl/": ["stream/postgres"],
    "xgboost/": ["stream/xgboost"],
    "prometheus/": ["stream/metrics"],
    "httplib.h": ["stream/http"],
}

# Pure: same facts, same bytes, on every machine, today and in ten years.
PURE = ["schemas", "state/api", "topology"]
PURE_BANS = [
    (r"#\s*include\s*<(thread|mutex|shared_mutex|future|condition_variable)>", "no threads"),
    (r"#\s*include\s*<(fstream|filesystem|iostream)>", "no input or output"),
    (r"#\s*include\s*<random>|\b(rand|srand|drand48|rand_r)\s*\(|\brandom_device\b", "no randomness"),
    (r"\b\w*_clock\s*::\s*now\s*\(|\b(gettimeofday|clock_gettime|localtime(_r)?|gmtime(_r)?)\s*\(|\bstd::time\s*\(",
     "no clock: time is handed in"),
    (r"\b(secure_)?getenv\s*\(", "no environment"),
    (r"\bstd::(log|log2|log10|log1p|exp|exp2|expm1|pow)[fl]?\s*\(", "differs in bits between CPUs: use a table"),
    (r"\bunordered_(multi)?(map|set)\b", "its order is not defined: use a sorted container"),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# Comments and literals. A character literal is one character, or digit separators (1'000'000) would look like one.
NOT_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.DOTALL)


def without_comments_and_literals(text):
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return NOT_CODE.sub(blank, text)


def inside(path, folder):
    return path == folder or path.startswith(folder + "/")


def allowed(owner, target):
    """May a file of `owner` (a row of the table) include `target`?"""
    if inside(target, owner):
        return True
    for entry in MAY_INCLUDE[owner]:
        if entry.endswith("/") and target.startswith(entry):
            return True
        if os.path.dirname(target) == entry:
            return True
    return False


def owner_of(path):
    rows = [row for row in MAY_INCLUDE if inside(path, row)]
    return max(rows, key=len) if rows else None


def check_include(path, kind, target):
    """The complaint about one include, or None."""
    top = target.split("/")[0]
    ours = {row.split("/")[0] for row in MAY_INCLUDE}
    owner = owner_of(path)
    if top in ours:
        if owner is None:
            return f"{os.path.dirname(path)} is not in the table of .ci/check_layers.py: add a row"
        if not allowed(owner, target):
            return f"{owner} may not include {target}"
        return None
    if kind == '"' and "/" not in target:
        return f'"{target}": write our own headers from the project\'s root, and others in <>'
    for header, homes in HOMES.items():
        if target == header or (header.endswith("/") and target.startswith(header)):
            if not inside(path, "tests") and not any(inside(path, home) for home in homes):
                return f"<{target}> belongs to {' and '.join(homes)} alone"
    return None


def check_file(path, text):
    """Yields (line, complaint)."""
    for number, line in enumerate(text.split("\n"), 1):
        match = INCLUDE.match(line)
        if match:
            complaint = check_include(path, match.group(1), match.group(2))
            if complaint:
                yield number, complaint
    if any(inside(path, folder) for folder in PURE):
        for number, line in enumerate(without_comments_and_literals(text).split("\n"), 1):
            for pattern, why in PURE_BANS:
                match = re.search(pattern, line)
                if match:
                    yield number, f"{match.group(0).strip()} in the pure part: {why}"


def sources(root):
    for top in sorted({row.split("/")[0] for row in MAY_INCLUDE}):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if name.endswith((".h", ".cc")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def main(root):
    complaints, files = 0, 0
    for path in sources(root):
        files += 1
        with open(os.path.join(root, path), encoding="utf-8") as file:
            for line, complaint in check_file(path, file.read()):
                complaints += 1
                print(f"{path}:{line}: {complaint}")
    if complaints:
        print("The tables and their reasons: .ci/check_layers.py", file=sys.stderr)
    print(f"layers: {files} files, {complaints} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")))
