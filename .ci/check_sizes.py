#!/usr/bin/env python3
"""Refuses what nobody can hold in their head: check_sizes.py [ROOT]

Functions above 70 lines (aim for 40), headers above 200, sources above 600 (aim for 400), folders above 15 source files.
An exception is a line below with its reason; one that is no longer needed is refused too, so that the list only shrinks.
"""
import os
import re
import sys

HEADER_LINES, SOURCE_LINES, FUNCTION_LINES, FOLDER_FILES = 200, 600, 70, 15
TOPS = ["schemas", "state", "topology", "stream", "tests", "deploy", ".ci"]
SOURCES = (".cc", ".py", ".sh")

# (path, what) -> reason; what is "lines", "files" or a function's name as the check prints it.
EXCEPTIONS = {
    ("stream/log/log.h", "lines"): "the seam is one contract, most of it prose; its parts refer to each other line by line",
}

NOT_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.DOTALL)
# What a block opened by these is called, is not a function's body.
NOT_A_FUNCTION = re.compile(r"^\s*(?:(?:export|inline|typedef|static|constexpr|const)\s+)*(?:namespace|class|struct|union|enum|extern)\b")
NAME = re.compile(r"([\w:~]+|operator\s*\S+?)\s*\(")


def code_of(text):
    """The text with comments, literals and preprocessor lines blanked; line numbers stay."""
    text = NOT_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda match: re.sub(r"[^\n]", " ", match.group(0)), text, flags=re.MULTILINE)


def functions(text):
    """Yields (name, first line, lines) of every function with a body. A heuristic: a block whose head, since the last ; { or },
    has a parameter list and does not declare a type or a namespace. Blocks inside a function are part of it."""
    code, head, line, head_line = code_of(text), "", 1, 1
    depth, inside = 0, None  # inside: (name, first line, depth) of the function we are in
    for character in code:
        if character == "\n":
            line += 1
        if character == "{":
            if inside is None and "(" in head and not NOT_A_FUNCTION.match(head.strip()):
                name = NAME.search(head)
                inside = (name.group(1) if name else "(lambda)", head_line, depth)
            depth += 1
        elif character == "}":
            depth -= 1
            if inside is not None and depth == inside[2]:
                yield inside[0], inside[1], line - inside[1] + 1
                inside = None
        if character in "{};" or (character == ":" and head.strip() in ("public", "private", "protected")):
            head = ""
        else:
            if not head.strip():
                head_line = line
            head += character


def check_file(path, text):
    """Yields (what, size, limit, line)."""
    lines = text.count("\n")
    if path.endswith(".h") and lines > HEADER_LINES:
        yield "lines", lines, HEADER_LINES, 1
    if path.endswith(SOURCES) and lines > SOURCE_LINES:
        yield "lines", lines, SOURCE_LINES, 1
    if path.endswith((".h", ".cc")):
        for name, first, size in functions(text):
            if size > FUNCTION_LINES:
                yield name, size, FUNCTION_LINES, first


def check_tree(root):
    """Yields (path, what, size, limit, line)."""
    for top in TOPS:
        for folder, _, names in os.walk(os.path.join(root, top)):
            code = sorted(name for name in names if name.endswith((".h",) + SOURCES))
            path = os.path.relpath(folder, root)
            if len(code) > FOLDER_FILES:
                yield path, "files", len(code), FOLDER_FILES, 0
            for name in code:
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    for what, size, limit, line in check_file(name, file.read()):
                        yield os.path.normpath(os.path.join(path, name)), what, size, limit, line


def main(root, exceptions):
    complaints, used = [], set()
    for path, what, size, limit, line in check_tree(root):
        if (path, what) in exceptions:
            used.add((path, what))
        elif what == "files":
            complaints.append(f"{path}: {size} source files, at most {limit}: which two things are in this folder?")
        elif what == "lines":
            complaints.append(f"{path}: {size} lines, at most {limit}")
        else:
            complaints.append(f"{path}:{line}: {what} has {size} lines, at most {limit}")
    for path, what in sorted(set(exceptions) - used):
        complaints.append(f"{path}: the exception for \"{what}\" is no longer needed: remove it from .ci/check_sizes.py")
    for complaint in complaints:
        print(complaint)
    print(f"sizes: {len(complaints)} complaints, {len(used)} exceptions")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."), EXCEPTIONS))
