"""Import Linter watches imports; this watches foreign keys, written as strings or not, and lines of templates."""

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
