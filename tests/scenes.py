"""What many tests start from, by name. `named(name)` gives a record that another one is made from.

The scenes that cost most have a world of their own in tests/databases.py, in which they are found and not made.
"""

from datetime import date

from django.apps import apps

from tests.factories import (
    make_agreement,
    make_dataset,
    make_insider,
    make_interest,
    make_organisation,
    make_ourselves,
    make_transfer,
    make_vendor,
)

THE_DAY = date(2014, 9, 15)  # of the transfer of the case


def ours(named):
    return make_ourselves()


def cloudy(named):
    """An approved vendor in which nobody of ours has an interest."""
    named("ours")
    return make_vendor("Cloudy")


def lumen(named):
    """The recipient of the case: the founder holds 40 % of a fund that holds 12 % of it."""
    named("ours")
    lumen = make_vendor("Lumen Vision", purpose="Faces", jurisdiction="US", risk_tier="high")
    fund = make_organisation("Corona Capital", kind="fund")
    make_interest(make_insider(user=named("founder")), fund, 40)
    make_interest(fund, lumen, 12)
    return lumen


def tickets(named):
    return make_dataset(named("engineer"), obtained="from_subjects")


def support(named):
    """A request for which every check is content."""
    return make_agreement(named("requester"), named("cloudy"), [named("tickets")], sponsor=named("engineer"))


def in_review(named):
    """The same, submitted."""
    named("support").submit(by=named("requester"))
    return named("support")


def case(named):
    """The request of the case, in review: faces for face recognition, sponsored by the founder."""
    photos = make_dataset(
        named("engineer"),
        "Profile photos",
        categories=("user.content.self_image", "user.location.precise", "user.demographic.sexual_orientation"),
    )
    case = make_agreement(
        named("requester"),
        named("lumen"),
        [photos],
        title="Photos for Lumen",
        type="third_party",
        sponsor=named("founder"),
        ends_on=None,
        purpose="Training of face recognition",
        categories=[category.key for category in photos.categories.all()],
        uses=("train_ai_system.face_recognition",),
    )
    case.submit(by=named("requester"))
    return case


def of_2014(named):
    """The transfer of the case, as reported."""
    return make_transfer(
        named("stranger"),
        named("tickets"),
        named("lumen"),
        transferred_on=THE_DAY,
        channel="personal_mail",
        consideration="none",
        executor=named("founder").person,
        evidence="A message in an old mailbox.",
    )


def confirmed(named):
    """The transfer of the case, confirmed by legal and privacy."""
    transfer = named("of_2014")
    transfer.propose(by=named("legal"), note="The e-mail is at hand.", proposal="confirmed")
    transfer.confirm(by=named("privacy"), note="I have read it too.")
    return transfer


SCENES = {
    scene.__name__: scene for scene in (ours, cloudy, lumen, tickets, support, in_review, case, of_2014, confirmed)
}
# Those with a world of their own, the ones that hold most first.
STAGED = ("confirmed", "of_2014", "case", "in_review", "support")


class Named:
    """Records by name: found where the world remembers them, made otherwise. The same record is the same object."""

    def __init__(self, remembered):
        self._remembered, self._made, self._found = remembered, {}, {}

    def __call__(self, name):
        if name not in self._made:
            self._made[name] = self._find(*self._remembered[name]) if name in self._remembered else SCENES[name](self)
        return self._made[name]

    def all(self, names):
        """Several records of one kind that the world remembers, in one query."""
        [label] = {self._remembered[name][0] for name in names}
        missing = {self._remembered[name] for name in names} - self._found.keys()
        rows = apps.get_model(label)._base_manager.in_bulk([pk for _, pk in missing])
        self._found |= {(label, pk): row for pk, row in rows.items()}
        return {name: self(name) for name in names}

    def _find(self, label, pk):
        if (label, pk) not in self._found:
            self._found[label, pk] = apps.get_model(label)._base_manager.get(pk=pk)
        return self._found[label, pk]

    @property
    def keys(self):
        """{name: (label of the model, key)} of everything that was asked for or is remembered."""
        return self._remembered | {name: (record._meta.label, record.pk) for name, record in self._made.items()}
