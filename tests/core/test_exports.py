"""What lists hand out opens in Excel, says all that the list can show to this user, and runs nothing."""

import io
import zipfile
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_dataset, make_transfer

LISTS = ["/agreements/", "/transfers/", "/datasets/", "/vendors/", "/findings/", "/disclosures/notices/", "/rules/"]
CELL = ".//{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
HOSTILE = ['=HYPERLINK("http://evil.example")', "@SUM(A1)", "https://evil.example", "</t><f>1+1</f>", "0012"]


def workbook(client, path, **query):
    """The cells of the first sheet, row after row."""
    answer = client.get(path, {"export": "xlsx", **query})
    assert answer["Content-Disposition"].endswith('.xlsx"')
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert not sheet.findall(f"{CELL}f")
    assert not sheet.findall(f"{CELL}hyperlink")
    return [["".join(cell.itertext()) for cell in row] for row in sheet.findall(f"{CELL}row")]


def test_a_table_in_csv_says_that_it_is_in_utf8(sign_in, legal, support):
    answer = sign_in(legal).get("/agreements/", {"export": "csv"})
    assert b"".join(answer.streaming_content).startswith(b"\xef\xbb\xbfTitle,")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_in_a_workbook_whatever_it_says(sign_in, engineer, tickets, name):
    tickets.name = name
    tickets.on_behalf(engineer, "edit").save()
    assert [row[0] for row in workbook(sign_in(engineer), "/datasets/")] == ["Name", name]


def test_the_workbook_of_transfers_tells_what_covers_them_and_no_reporter(sign_in, legal, requester, tickets, cloudy):
    make_transfer(requester, tickets, cloudy, confidential=True, records=1200)
    names, row = workbook(sign_in(legal), "/transfers/")
    assert str(requester) not in " ".join(row)
    assert {"Cover", "Number of records", "Address"} <= set(names)
    assert {"Nothing", "1200"} <= set(row)


def queries(client, path):
    with CaptureQueriesContext(connection) as asked:
        b"".join(client.get(path, {"export": "csv"}).streaming_content)
    return len(asked)


@pytest.mark.parametrize("path", ["/agreements/", "/transfers/", "/datasets/"])
def test_more_rows_ask_for_no_more_queries(sign_in, legal, engineer, requester, support, tickets, cloudy, path):
    client = sign_in(legal)
    make_transfer(requester, tickets, cloudy)
    client.get(path)
    before = queries(client, path)
    for number in range(3):
        dataset = make_dataset(engineer, f"More {number}")
        make_transfer(requester, dataset, cloudy)
    assert queries(client, path) == before


@pytest.mark.parametrize("path", LISTS)
def test_every_list_is_there_as_a_workbook(sign_in, legal, case, path):
    page = sign_in(legal).get(path).content.decode()
    assert "export=xlsx" in page
    assert workbook(sign_in(legal), path)
