"""Import Linter watches imports; this watches foreign keys, written as strings or not, and lines of templates."""

import ast
import re
import tomllib
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LAYERS = PYPROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
RANK = {layer.removeprefix("apps."): rank for rank, layer in enumerate(reversed(LAYERS))}


def test_every_room_has_a_layer():
    rooms = {config.label for config in apps.get_app_configs() if config.name.startswith("apps.")}
    assert rooms <= RANK.keys()


def test_foreign_keys_point_down():
    upward = [
        str(field)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model
        if model._meta.app_label in RANK
        if RANK.get(field.related_model._meta.app_label, -1) > RANK[model._meta.app_label]
    ]
    assert upward == []


def test_no_line_of_a_template_is_longer_than_120_letters():
    lines = [
        (str(path.relative_to(ROOT)), number)
        for path in sorted(ROOT.glob("templates/**/*.html"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > 120
    ]
    assert lines == []


def test_no_address_or_order_to_a_script_goes_on_in_the_next_line_of_a_template():
    """A line break in `href` or `hx-trigger` is part of it, unlike in text."""
    broken = []
    for path in sorted(ROOT.glob("templates/**/*.html")):
        text = re.sub(r"\{[%{#].*?[%}#]\}", "", path.read_text())
        broken += [(path.name, name) for name in re.findall(r"\s([\w-]+)=\"[^\"<>]*\n[^\"<>]*\"", text)]
    assert [name for _, name in broken if name not in ("class", "style", "aria-label")] == []


def strings_of(path):
    """Every text in a module that is no docstring."""
    tree = ast.parse(path.read_text())
    said = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        if node.body and isinstance(node.body[0], ast.Expr)
    }
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in said)
    return {node.value for node in constants if isinstance(node.value, str)}


def test_no_upper_room_is_named_in_a_lower_one():
    """Import Linter sees imports; permissions, pages and models are named in strings as well."""
    named = set()
    for room, rank in RANK.items():
        above = "|".join(other for other in RANK if RANK[other] > rank)
        pattern = re.compile(rf"(?:{above})[.:][a-z_]+")
        for path in (ROOT / "apps" / room).rglob("*.py"):
            if above and "migrations" not in path.parts:
                place = str(path.relative_to(ROOT / "apps"))
                named |= {(place, text) for text in strings_of(path) if pattern.fullmatch(text)}
    assert named == set()
