"""Every published schema is a JSON Schema of draft 2020-12, its examples satisfy it, no example does without a required member, and
docs/events.md names the types that come in, no more and no less."""
import copy
import json
import pathlib
import re
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("skipped: the Python package jsonschema (Debian: python3-jsonschema) is not installed")
    sys.exit(77)


def without_required(schema, example):
    """Yields (path, copy of the example without that member) for required members of the top level and of data."""
    for name in schema.get("required", []):
        changed = copy.deepcopy(example)
        del changed[name]
        yield name, changed
    inner = schema.get("properties", {}).get("data", {})
    for name in inner.get("required", []):
        changed = copy.deepcopy(example)
        del changed["data"][name]
        yield f"data.{name}", changed


def complaints(path):
    schema = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    if not schema.get("examples"):
        yield "has no examples"
    for number, example in enumerate(schema.get("examples", [])):
        for error in validator.iter_errors(example):
            yield f"example {number}: {error.json_path}: {error.message}"
        for member, changed in without_required(schema, example):
            if validator.is_valid(changed):
                yield f"example {number} is still valid without {member}"


def undocumented(paths, page):
    """Yields types of events that come in and are not in the page, and types in the page that have no schema."""
    types = {t for t in (type_of(json.loads(path.read_text(encoding="utf-8"))) for path in paths) if t and t != "due.risk.decided.v1"}
    named = set(re.findall(r"due\.[a-z.-]+\.v1", page.read_text(encoding="utf-8")))
    yield from (f"{t}: not in {page.name}" for t in sorted(types - named))
    yield from (f"{t}: in {page.name}, but has no schema" for t in sorted(named - types))


def type_of(schema):
    return schema.get("properties", {}).get("type", {}).get("const")


def main():
    paths = sorted(pathlib.Path(sys.argv[1]).glob("*.schema.json"))
    found = [f"{path.name}: {complaint}" for path in paths for complaint in complaints(path)]
    found += undocumented(paths, pathlib.Path(sys.argv[1]).parents[1] / "docs" / "events.md")
    print("\n".join(found) or f"{len(paths)} schemas hold")
    sys.exit(1 if found or not paths else 0)


main()
