"""Slither with its errors made visible; `tools/slither` runs it in Slither's own environment.

Slither logs that it could not analyse a function, leaves the function out, and exits with 0. This program fails then. It
also compares the functions that the compiler saw in src with those that Slither analysed, mends two defects of
slither-analyzer 0.11.6 through which functions were left out, and leaves what slither.triage.json gives a reason for: by
kind and function, because Slither's own ids change with every line above a finding.
"""

import json
import logging
import sys
from pathlib import Path

from slither import __main__ as command
from slither.core.slither_core import SlitherCore
from slither.core.solidity_types import ElementaryType
from slither.core.solidity_types.elementary_type import Uint
from slither.slithir import convert
from slither.solc_parsing.declarations import contract as parser


class Errors(logging.Handler):
    """Keeps what was logged as an error."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.messages = []

    def emit(self, record):
        self.messages.append(record.getMessage())


def merge_inherited_using_for():
    """Two bases with `using ... for *` each: Slither keeps only one of them. Keep both."""
    original = parser.ContractSolc.analyze_using_for

    def analyze(self):
        original(self)
        directives = self._contract.using_for
        for base in self._contract.inheritance:
            for key, libraries in base.using_for.items():
                own = directives.setdefault(key, [])
                own.extend(library for library in libraries if library not in own)

    parser.ContractSolc.analyze_using_for = analyze


def look_for_wider_types():
    """`(narrow + wide).method()`: Slither gives the sum the left operand's type. The compiler found the method, so it is
    attached to a wider type."""
    known, look = convert._type_in_using_for, convert.look_for_library_or_top_level

    def wider(type_, using_for):
        if not isinstance(type_, ElementaryType) or type_.name not in Uint:
            return []
        keys = [key for key in using_for if isinstance(key, ElementaryType) and key.name in Uint]
        return [key for key in keys if key.size > type_.size]

    def is_known(type_, using_for):
        return known(type_, using_for) or bool(wider(type_, using_for))

    def find(ir, using_for, type_):
        keys = [type_] if known(type_, using_for) else wider(type_, using_for)
        return next(filter(None, (look(ir, using_for, key) for key in keys)), None)

    convert._type_in_using_for, convert.look_for_library_or_top_level = is_known, find


def functions_of_compiler(build):
    """Every function and modifier with a body in src, as (file, offset, name)."""
    found = set()
    for file in Path(build, "build-info").glob("*.json"):
        for path, source in json.loads(file.read_text())["output"]["sources"].items():
            if not path.startswith("src/"):
                continue
            pending = [source["ast"]]
            while pending:
                item = pending.pop()
                if item["nodeType"] in ("FunctionDefinition", "ModifierDefinition") and item.get("body"):
                    offset = int(item["src"].split(":")[0])
                    found.add((path, offset, item["name"] or item.get("kind", "")))
                pending += [child for child in item.get("nodes", []) if "nodeType" in child]
    return found


def functions_of_slither(slither):
    """Every function and modifier of src whose statements Slither has lowered, as (file, offset)."""
    found = set()
    for unit in slither.compilation_units:
        declared = list(unit.functions_top_level)
        for contract in unit.contracts:
            if not contract.is_incorrectly_constructed:
                declared += contract.functions_declared + contract.modifiers_declared
        for function in declared:
            lowered = all(node.irs for node in function.nodes if node.expression)
            if function.nodes and lowered:
                found.add((function.source_mapping.filename.relative, function.source_mapping.start))
    return found


def count_first(build):
    """Compares both counts before the detectors run."""
    original = command._process

    def process(slither, *arguments, **options):
        expected = functions_of_compiler(build)
        analysed = functions_of_slither(slither)
        missing = sorted(entry for entry in expected if entry[:2] not in analysed)
        print(f"{len(expected) - len(missing)} of {len(expected)} functions in src analysed", file=sys.stderr)
        for path, offset, name in missing:
            logging.getLogger("count").error("not analysed: %s in %s, at byte %d", name, path, offset)
        if not expected:
            logging.getLogger("count").error("the build in %s has no syntax trees of src", build)
        return original(slither, *arguments, **options)

    command._process = process


def leave_triaged():
    """Leaves the findings that have a reason. Returns the reasons that no finding has needed yet."""
    unused = {(entry["check"], entry["where"]) for entry in json.loads(Path("slither.triage.json").read_text())}
    reasons, original = frozenset(unused), SlitherCore.valid_result

    def valid_result(self, result):
        if not original(self, result):
            return False
        first = result["elements"][0]
        where = f"{first['type_specific_fields']['parent']['name']}.{first['name']}"
        unused.discard((result["check"], where))
        return (result["check"], where) not in reasons

    SlitherCore.valid_result = valid_result
    return unused


def main():
    build = sys.argv[1]
    errors = Errors()
    logging.getLogger().addHandler(errors)
    merge_inherited_using_for()
    look_for_wider_types()
    count_first(build)
    unused = leave_triaged()
    sys.argv = ["slither", ".", "--ignore-compile", "--foundry-out-directory", build, "--fail-medium", *sys.argv[2:]]
    code = 0
    try:
        command.main()
    except SystemExit as exit_:
        code = exit_.code or 0
    if errors.messages:
        print(f"Slither reported {len(errors.messages)} errors:", file=sys.stderr)
        for message in dict.fromkeys(errors.messages):
            print(f"  {message}", file=sys.stderr)
        code = code or 1
    for check, where in sorted(unused):
        print(f"slither.triage.json has a reason for {check} in {where}, which Slither does not find", file=sys.stderr)
        code = code or 1
    sys.exit(code)


if __name__ == "__main__":
    main()
