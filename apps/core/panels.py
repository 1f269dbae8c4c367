"""Parts of a page that an upper room contributes to a lower room's page, such as a vendor's agreements."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model


@dataclass(frozen=True)
class Panel:
    title: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)


PanelMaker = Callable[[Any, Any], Panel | None]
_makers: dict[type[Model], list[PanelMaker]] = defaultdict(list)


def panel(model: type[Model]) -> Callable[[PanelMaker], PanelMaker]:
    """Register a function of (object, user) that returns a Panel for the object's page, or None."""

    def register(maker: PanelMaker) -> PanelMaker:
        _makers[model].append(maker)
        return maker

    return register


def panels_for(obj: Model, user: Any) -> list[Panel]:
    made = [maker(obj, user) for maker in _makers[type(obj)]]
    return [panel for panel in made if panel is not None]
