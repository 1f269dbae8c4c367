"""What is known of records: found once for a batch, and anew once a record is locked, saved or given other links."""

import pytest

from apps.core.reading import of_each, reading
from apps.datasets.models import Dataset
from apps.ledger.models import set_links
from apps.taxonomy.models import DataUse


@pytest.fixture
def asked():
    return []


@pytest.fixture
def names(asked):
    @of_each
    def names(datasets: list[Dataset]) -> dict[int, str]:
        asked.append(len(datasets))
        return {dataset.pk: dataset.name for dataset in datasets}

    return names


def test_of_a_batch_it_is_found_once(names, asked, tickets):
    names.know([tickets])
    assert (names.of(tickets), names.of(tickets), asked) == (tickets.name, tickets.name, [1])


def test_of_a_record_that_nobody_asked_about_it_is_found_each_time(names, asked, tickets):
    assert names.of(tickets) == names.of(tickets)
    assert (asked, names.knows(tickets)) == ([1, 1], False)


def test_while_reading_it_is_found_once_for_all_copies_of_a_record(names, asked, tickets):
    with reading(), reading():
        names.of(tickets)
    with reading():
        names.of(tickets)
        names.of(Dataset.objects.get(pk=tickets.pk))
    assert asked == [1, 1]


@pytest.mark.parametrize("change", ["lock", "save", "links"])
def test_it_is_found_anew_once_the_record_may_be_another(names, tickets, engineer, change):
    names.know([tickets])
    if change == "lock":
        tickets.lock()
    elif change == "save":
        tickets.on_behalf(engineer, "edit").save()
    else:
        set_links(tickets.use_links, "use", DataUse.objects.all()[:1], by=engineer)
    assert not names.knows(tickets)
