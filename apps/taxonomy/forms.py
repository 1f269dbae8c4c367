from __future__ import annotations

from typing import Any

from django import forms

from apps.taxonomy.models import Term

INDENT = "\u2003"  # an em space, which browsers do not fold


class TermsField(forms.ModelMultipleChoiceField[Term]):
    """Terms of a tree as check boxes, each set in below its parent."""

    widget = forms.CheckboxSelectMultiple(attrs={"data-terms": ""})

    def __init__(self, model: type[Term], **kwargs: Any) -> None:
        super().__init__(model._default_manager.all(), required=False, **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return f"{INDENT * obj.depth}{obj.name}"
