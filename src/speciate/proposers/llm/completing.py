"""Few-shot completion of a function, after FunSearch (Romera-Paredes et al., Nature 2024): versions f_v0, f_v1 of one
function, worse before better, and the head of f_v2 for the model to continue. What it writes becomes the function
again. Python only."""

from __future__ import annotations

import ast
import io
import re
import textwrap
import tokenize
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from speciate.core.values import Genome
from speciate.genomes.text import Block, blocks, changeable, lines_of, parse, replace_block

from .faults import EditFailed, Fault
from .fences import fences


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a block: its lines there (from 0, half open, decorators not among them) and its source."""

    name: str
    block: Block
    first: int
    last: int
    source: str
    node: ast.FunctionDef


def function_of(text: str, name: str = "") -> Function:
    """The function of this name in the first block that has it; "": the first function of all.
    Raises EditFailed where there is none."""
    for block in blocks(text):
        if (found := _function_in(block, name)) is not None:
            return found
    raise _none(name)


def file_of(genome: Genome, name: str = "") -> str:
    """The file of a program whose function is completed: of those that may change the first that has it.
    Raises EditFailed where none has."""
    if len(genome.files) == 1:
        return next(iter(genome.files))
    for file, block in changeable(genome):
        if _function_in(block, name) is not None:
            return file
    raise _none(name)


def few_shot(programs: Sequence[str], name: str = "") -> str:
    """The code that a model continues: imports, the versions in the order of `programs`, and the head of the next."""
    versions = [function_of(text, name) for text in programs]
    best = versions[-1]
    parts = [_preface(programs[-1])] if _preface(programs[-1]) else []
    for number, version in enumerate(versions):
        source = renamed(version.source, version.name, f"{best.name}_v{number}")
        parts.append(_described(source, f"Improved version of `{best.name}_v{number - 1}`.") if number else source)
    number = len(versions)
    head = renamed(_head(best), best.name, f"{best.name}_v{number}")
    parts.append(f'{head}    """Improved version of `{best.name}_v{number - 1}`."""\n')
    return "\n\n".join(part.rstrip("\n") + "\n" for part in parts)


def completed(reply: str, text: str, version: int, name: str = "") -> str:
    """The program with the function that the reply completes, `version` being its number in the prompt: a whole
    definition, or its body alone.

    Raises:
        EditFailed: where nothing that parses is there, or it calls one of the versions before it.
    """
    target = function_of(text, name)
    source = _definition(reply, target, f"{target.name}_v{version}")
    for number in range(version):
        earlier = re.compile(rf"\b{re.escape(target.name)}_v{number}\b")
        if earlier.search(source) and earlier.search(_code(source)):
            raise EditFailed(Fault.MALFORMED, f"it calls `{target.name}_v{number}`: write the function in full")
    source = renamed(source, f"{target.name}_v{version}", target.name)
    lines = lines_of(target.block.code)
    code = "".join([*lines[: target.first], source.rstrip("\n") + "\n", *lines[target.last :]])
    return replace_block(text, target.block, code)


def renamed(source: str, old: str, new: str) -> str:
    """The source with one name replaced wherever it stands by itself, in code and not in strings."""
    places = [each.start() for each in re.finditer(rf"\b{re.escape(old)}\b", source)]
    if len(places) == 1 and source.startswith("def ") and places[0] == len("def "):  # as most do; tokens take long
        return f"def {new}{source[places[0] + len(old) :]}"
    lines = lines_of(source)
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return source
    for before, token in reversed(list(zip([None, *tokens], tokens, strict=False))):
        attribute = before is not None and before.string == "."
        if token.type == tokenize.NAME and token.string == old and not attribute:
            row, column = token.start
            line = lines[row - 1]
            lines[row - 1] = line[:column] + new + line[column + len(old) :]
    return "".join(lines)


def _function_in(block: Block, name: str) -> Function | None:
    tree = parse(block.code)
    for node in tree.body if tree else ():
        if isinstance(node, ast.FunctionDef) and name in ("", node.name):
            first, last = node.lineno - 1, node.end_lineno or node.lineno
            source = "".join(lines_of(block.code)[first:last])
            return Function(node.name, block, first, last, source, node)
    return None


def _none(name: str) -> EditFailed:
    return EditFailed(Fault.NO_CODE, f"the parent's block has no function {f'`{name}`' if name else 'to complete'}")


def _preface(text: str) -> str:
    """The program's imports."""
    tree = parse(text)
    found = [ast.unparse(each) for each in (tree.body if tree else ()) if isinstance(each, ast.Import | ast.ImportFrom)]
    return "\n".join(found)


def _head(function: Function) -> str:
    """From `def` to the line before the body."""
    lines = lines_of(function.source)
    body = function.node.body[0].lineno - function.node.lineno
    if body:
        return "".join(lines[:body])
    arguments = ast.unparse(function.node.args)
    returns = f" -> {ast.unparse(function.node.returns)}" if function.node.returns else ""
    return f"def {function.name}({arguments}){returns}:\n"


def _described(source: str, words: str) -> str:
    """The function with this docstring in place of its own."""
    tree = parse(source)
    if tree is None:  # it goes on in a line that is blank: "x \\" alone is no end of a text
        return source
    node = tree.body[0]
    assert isinstance(node, ast.FunctionDef), "the source of a function"
    if node.body[0].lineno == node.lineno:
        return source
    lines = lines_of(source)
    first, own = node.body[0], ast.get_docstring(node) is not None
    start = first.lineno - 1
    rest = lines[(first.end_lineno or first.lineno) if own else start :]
    indent = lines[start][: len(lines[start]) - len(lines[start].lstrip())]
    return "".join([*lines[:start], f'{indent}"""{words}"""\n', *rest])


def _definition(reply: str, target: Function, name: str) -> str:
    """The source of the function, cut where it ends: models write on."""
    found = fences(reply)
    code = next((each.text for each in found if f"def {name}" in each.text), found[0].text if found else reply)
    start = re.search(rf"^([ \t]*)def ({re.escape(name)}|{re.escape(target.name)})\s*\(", code, re.MULTILINE)
    if start is not None:
        source = textwrap.dedent(code[start.start() :])
    else:
        body = code.strip("\n")
        if not body.strip():
            raise EditFailed(Fault.NO_CODE, "the reply holds no code")
        source = renamed(_head(target), target.name, name) + textwrap.indent(textwrap.dedent(body), "    ") + "\n"
    lines = lines_of(source)
    while len(lines) > 1:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # "\d", `1if x` and the like: the program's own business
                node = ast.parse("".join(lines)).body[0]
        except SyntaxError as error:
            del lines[min(max((error.lineno or 1) - 1, 1), len(lines) - 1) :]
            continue
        except (ValueError, RecursionError, MemoryError, IndexError):
            break
        return "".join(lines[: node.end_lineno])
    if start is None and not found:
        raise EditFailed(Fault.NO_CODE, "the reply does not go on with the function")
    raise EditFailed(Fault.BROKEN, f"no beginning of the reply is a function `{name}`")


def _code(source: str) -> str:
    """Without its docstring, which may well speak of the version before."""
    tree = parse(source)
    if tree is None or not isinstance(node := tree.body[0], ast.FunctionDef):
        return source
    if ast.get_docstring(node) is not None and len(node.body) > 1:
        node.body = node.body[1:]
    return ast.unparse(tree)
