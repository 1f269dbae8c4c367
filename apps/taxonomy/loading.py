"""Loads the terms of fideslang (CC BY 4.0, Ethyca) and our own. Adds what is missing, changes nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, NamedTuple, TypeVar

from fideslang.default_taxonomy import DEFAULT_TAXONOMY
from simple_history.utils import bulk_create_with_history

from apps.taxonomy.models import Combination, CombinationPart, DataCategory, DataUse, SubjectType, Term

TermT = TypeVar("TermT", bound=Term)

OURS = "governance portal"
REASON = "loaded with the portal"


class Leaf(NamedTuple):
    key: str
    name: str
    description: str


OWN_CATEGORIES = [
    Leaf(
        "user.biometric.face_geometry",
        "Face Geometry",
        "Scans, embeddings and templates of faces. A photograph is not one.",
    ),
]
OWN_USES = [
    Leaf("train_ai_system.face_recognition", "Train Face Recognition", "Models that tell who somebody is by the face."),
    Leaf("train_ai_system.generative", "Train Generative AI", "Models that make text, images or sound."),
    Leaf("train_ai_system.fine_tune", "Fine-tune a Model", "Adapting a model that exists."),
    Leaf("train_ai_system.benchmark", "Benchmark a Model", "Measuring how well a model works."),
    Leaf(
        "analytics.sensitive_inference",
        "Infer Sensitive Traits",
        "Concluding health, orientation, belief or origin from other data.",
    ),
    Leaf(
        "third_party_sharing.service_provider",
        "Share with a Service Provider",
        "A processor that acts on our instructions.",
    ),
    Leaf("third_party_sharing.affiliate", "Share with an Affiliate", "A company of our own group."),
    Leaf("third_party_sharing.business_partner", "Share with a Business Partner", "A partner named to people."),
    Leaf(
        "third_party_sharing.third_party",
        "Share with Another Company",
        "A company that decides its own purposes.",
    ),
]
# Uses that need a yes of their own.
ASKED_SEPARATELY = {
    "train_ai_system.face_recognition",
    "train_ai_system.generative",
    "analytics.sensitive_inference",
    "third_party_sharing.business_partner",
    "third_party_sharing.third_party",
}
SENSITIVE = {
    "user.authorization.biometric",
    "user.biometric",
    "user.childrens",
    "user.criminal_history",
    "user.demographic.political_opinion",
    "user.demographic.race_ethnicity",
    "user.demographic.religious_belief",
    "user.demographic.sexual_orientation",
    "user.health_and_medical",
    "user.location.precise",
}
FACES_AND_TRAITS = {
    1: ["user.content.self_image", "user.biometric"],
    2: ["user.demographic", "user.location.precise"],
}


def load_taxonomy(**kwargs: Any) -> None:
    """Runs after each migration."""
    _load(DataCategory, DEFAULT_TAXONOMY.data_category, OWN_CATEGORIES, _sensitive)
    _load(DataUse, DEFAULT_TAXONOMY.data_use, OWN_USES, lambda key: {"asked_separately": key in ASKED_SEPARATELY})
    _load(SubjectType, DEFAULT_TAXONOMY.data_subject, [], lambda key: {})
    _load_combination()


def _sensitive(key: str) -> dict[str, bool]:
    return {"sensitive": any(key == root or key.startswith(f"{root}.") for root in SENSITIVE)}


def _load(model: type[TermT], terms: Iterable[Any], own: list[Leaf], flags: Any) -> None:
    """Add missing terms, parents first: a parent's key is shorter by one part."""
    origin = f"fideslang {version('fideslang')}"
    rows = {
        term.fides_key: (Leaf(term.fides_key, term.name, term.description or ""), origin)
        for term in terms
        if not term.version_deprecated
    } | {leaf.key: (leaf, OURS) for leaf in own}
    known: dict[str, TermT] = {term.key: term for term in model._default_manager.all()}
    for depth in range(max(key.count(".") for key in rows) + 1):
        missing = [
            model(**leaf._asdict(), origin=source, parent=known.get(key.rpartition(".")[0]), **flags(key))
            for key, (leaf, source) in rows.items()
            if key.count(".") == depth and key not in known
        ]
        made = bulk_create_with_history(missing, model, default_change_reason=REASON) if missing else []
        known.update({term.key: term for term in made})


def _load_combination() -> None:
    if Combination.objects.exists():
        return
    combination = Combination(
        name="Faces and traits",
        sentence="An image or face template beside traits or the precise place of a person can identify that person.",
    )
    combination.on_behalf(None, REASON).save()
    categories = {category.key: category for category in DataCategory.objects.all()}
    for side, keys in FACES_AND_TRAITS.items():
        for key in keys:
            part = CombinationPart(combination=combination, side=side, category=categories[key])
            part.on_behalf(None, REASON).save()
