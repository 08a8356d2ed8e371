"""Every published schema is a JSON Schema of draft 2020-12, its examples satisfy it, and no example does without a required member."""
import copy
import json
import pathlib
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


def main():
    paths = sorted(pathlib.Path(sys.argv[1]).glob("*.schema.json"))
    found = [f"{path.name}: {complaint}" for path in paths for complaint in complaints(path)]
    print("\n".join(found) or f"{len(paths)} schemas hold")
    sys.exit(1 if found or not paths else 0)


main()
