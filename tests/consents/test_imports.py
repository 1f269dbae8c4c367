import gzip
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.consents.intake.importing import import_consents
from apps.consents.ledger.recording import subject_of
from apps.consents.models import ConsentEvent, ConsentImport, DataSubject, PermissionChunk, State

ROW = "anna@example.org,analytics,given,2026-03-30T12:00:00Z"
SECRET = "ben-4711"


def problems(result):
    return [(problem.line, problem.reason) for problem in result.problems]


def nothing_is_there():
    return not (ConsentEvent.objects.exists() or DataSubject.objects.exists() or ConsentImport.objects.exists())


class TestFiles:
    def test_adds_an_event_for_each_row_and_a_person_for_each_key(self, load):
        result = load(ROW, f"{SECRET},marketing,refused,2026-03-30", "ANNA@example.org ,marketing,given,2026-03-31")
        assert (result.made.rows, result.made.new_subjects) == (3, 2)
        assert result.made.counts == {"analytics": {"given": 1}, "marketing": {"given": 1, "refused": 1}}
        assert ConsentEvent.objects.filter(subject=subject_of("anna@example.org")).count() == 2

    def test_keys_that_are_no_address_are_taken_byte_by_byte(self, load):
        assert load(ROW.replace("anna@example.org", "a1"), ROW.replace("anna@example.org", "A1")).made.new_subjects == 2

    @pytest.mark.parametrize("packed", [False, True])
    def test_the_same_file_again_changes_nothing(self, load, packed):
        first, again = load(ROW, packed=packed), load(ROW, packed=packed)
        assert (again.made, again.known) == (None, first.made)
        assert ConsentEvent.objects.count() == 1

    def test_takes_json_lines(self, load):
        row = {"subject": SECRET, "use": "analytics", "state": "given", "occurred_at": "2026-03-30", "language": "de"}
        assert load(content=json.dumps(row).encode()).made.rows == 1
        assert ConsentEvent.objects.get().language == "de"

    def test_takes_columns_in_any_order_with_what_may_be_missing(self, load):
        header = "mechanism,occurred_at,state,use,subject,expires_at,source"
        result = load(f"web form,2026-03-30,given,analytics,{SECRET},2027-03-30,crm", header=header)
        event = ConsentEvent.objects.get()
        assert result.ok
        assert (event.mechanism, event.source, event.line) == ("web form", "crm", 2)
        assert event.expires_at.year == 2027

    def test_a_row_may_span_lines_in_quotes(self, load):
        assert load(f'"{SECRET}\nx",analytics,given,2026-03-30').made.rows == 1

    def test_names_where_a_moment_without_zone_is_meant(self, load, settings):
        load(f"{SECRET},analytics,given,2026-03-30T12:00:00")
        assert ConsentEvent.objects.get().occurred_at.isoformat() == "2026-03-30T12:00:00+00:00"


BAD = {
    "a field too few": (f"{SECRET},analytics,given", "The row has 3 fields"),
    "no subject": (",analytics,given,2026-03-30", "The subject is empty"),
    "a subject with space at its end": (
        f"{SECRET} ,analytics,given,2026-03-30",
        "The subject begins or ends with a space",
    ),
    "a long subject": (f"{SECRET * 200},analytics,given,2026-03-30", "The subject is longer than"),
    "an unknown use": (f"{SECRET},shopping,given,2026-03-30", "The use is not one that the portal knows"),
    "an unknown state": (f"{SECRET},analytics,maybe,2026-03-30", "The state is none of"),
    "no date": (f"{SECRET},analytics,given,yesterday", "occurred_at is not a date"),
    "a date out of bounds": (f"{SECRET},analytics,given,0001-01-01", "occurred_at is not a date"),
    "a date that overflows": (f"{SECRET},analytics,given,9999-12-31T23:59:59-23:59", "occurred_at is not a date"),
    "quotes that do not match": (f'"{SECRET}"x,analytics,given,2026-03-30', "The quotes in this row do not match"),
}


class TestWhatCannotBeTaken:
    @pytest.mark.parametrize("row", BAD)
    def test_is_said_with_its_line_and_nothing_is_imported(self, load, row):
        text, reason = BAD[row]
        [(line, said)] = problems(load(ROW, text))
        assert (line, said.startswith(reason)) == (3, True)
        assert SECRET not in said
        assert nothing_is_there()

    def test_a_row_that_repeats_another(self, load):
        assert problems(load(ROW, f"{SECRET},analytics,given,2026-03-30", ROW)) == [
            (4, "The row says the same as line 2.")
        ]
        assert nothing_is_there()

    @pytest.mark.parametrize(
        ("header", "reason"),
        [
            ("subject,use,state", "The first line must name the columns; missing are occurred_at."),
            ("subject,use,state,occurred_at,phone", "Column 5 is none of"),
            ("subject,use,state,occurred_at,use", "A column is there twice."),
            (f"{SECRET},analytics,given,2026-03-30", "Column 1 is none of"),
        ],
    )
    def test_columns(self, load, header, reason):
        [(line, said)] = problems(load(ROW, header=header))
        assert (line, said.startswith(reason)) == (1, True)
        assert SECRET not in said

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ("2026-03-29", "expires_at is not after occurred_at."),
            ("soon", "expires_at is not a date"),
        ],
    )
    def test_an_end_before_the_beginning(self, load, value, reason):
        [(_, said)] = problems(load(f"{SECRET},analytics,given,2026-03-30,{value}", header=f"{HEADER},expires_at"))
        assert said.startswith(reason)

    @pytest.mark.parametrize("value", ["99", "x" * 64])
    def test_a_notice_that_nobody_was_shown(self, load, value):
        [(_, said)] = problems(load(f"{SECRET},analytics,given,2026-03-30,{value}", header=f"{HEADER},notice"))
        assert said.startswith("The notice is no number or SHA-256")

    @pytest.mark.parametrize("value", ["a|b", "a\\b", "a\tb", "x" * 61])
    def test_texts_that_would_not_read_the_same_everywhere(self, load, value):
        [(_, said)] = problems(load(f"{SECRET},analytics,given,2026-03-30,{value}", header=f"{HEADER},mechanism"))
        assert said.startswith("mechanism ")

    @pytest.mark.parametrize("content", [b"", b"\n\n", b"subject,use,state,occurred_at\n"])
    def test_an_empty_file(self, load, content):
        assert not load(content=content).ok

    @pytest.mark.parametrize("text", ["[1]", "{", '{"phone": "1"}', '{"subject": 1}', "{" * 100_000])
    def test_lines_that_are_no_object_of_texts(self, load, text):
        assert not load(content=f"{{}}\n{text}".encode()).ok

    @pytest.mark.parametrize(("hour", "comes"), [("2026-10-25T02:30", "twice"), ("2026-03-29T02:30", "never")])
    def test_an_hour_that_comes_twice_or_never_asks_for_the_offset(self, load, settings, hour, comes):
        settings.TIME_ZONE = "Europe/Berlin"
        row = {"subject": SECRET, "use": "analytics", "state": "withdrawn", "occurred_at": hour}
        for result, place in ((load(",".join(row.values())), 2), (load(content=json.dumps(row).encode()), 1)):
            [(line, said)] = problems(result)
            assert (line - place, f"comes {comes} in Europe/Berlin" in said, "Write the offset" in said) == (
                0,
                True,
                True,
            )
        assert load(",".join(row.values()) + "+02:00").made.rows == 1
        assert ConsentEvent.objects.get().occurred_at.isoformat() == f"{hour.replace('2:30', '0:30')}:00+00:00"

    def test_a_name_that_a_line_has_twice(self, load):
        line = json.dumps(dict(zip(HEADER.split(","), ROW.split(","), strict=True)))
        assert problems(load(content=f'{line[:-1]}, "state": "withdrawn"}}'.encode())) == [
            (1, "The object has a name more than once, so it is unclear which value counts.")
        ]

    @pytest.mark.parametrize("value", [0, False, [], {}])
    def test_a_value_that_is_no_text_is_not_taken_for_none(self, load, value):
        row = dict(zip(HEADER.split(","), ROW.split(","), strict=True)) | {"expires_at": value}
        assert not load(content=json.dumps(row).encode()).ok

    def test_the_nearest_column_is_named(self, load):
        [(line, said)] = problems(load(f"{ROW},2027-01-01", header=f"{HEADER},expires"))
        assert (line, said.endswith("Did you mean expires_at?")) == (1, True)
        row = dict(zip(HEADER.split(","), ROW.split(","), strict=True)) | {"expires": "2027-01-01"}
        [(line, said)] = problems(load(content=json.dumps(row).encode()))
        assert (line, said.endswith("Did you mean expires_at?")) == (1, True)

    def test_at_most_a_hundred_are_listed(self, load):
        result = load(*["x"] * 500)
        assert (len(result.problems), result.problem_count) == (100, 100)


HEADER = "subject,use,state,occurred_at"
GOOD = f"{HEADER}\n{ROW}\n".encode()


@pytest.mark.django_db
class TestHostileFiles:
    def refused(self, content):
        result = import_consents(io.BytesIO(content), file_name="x")
        assert nothing_is_there()
        [problem] = result.problems
        return problem.line, problem.reason

    def test_a_nul_byte(self):
        assert self.refused(GOOD + b"a\0b,analytics,given,2026-03-30\n") == (3, "There is a NUL byte in the line.")

    @pytest.mark.parametrize("content", [b"\xff\xfea", "ž,analytics".encode("cp1252"), b"\xed\xa0\x80"])
    def test_another_encoding(self, content):
        line, reason = self.refused(GOOD + content + b"\n")
        assert (line, reason.startswith("The line is not in UTF-8")) == (3, True)

    def test_a_field_of_ten_megabytes(self):
        line, reason = self.refused(GOOD + b"x" * 10_000_000 + b",analytics,given,2026-03-30\n")
        assert (line, reason.startswith("The line is longer than")) == (3, True)

    def test_a_field_that_never_ends(self):
        _, reason = self.refused(GOOD + b'"' + b"x\n" * 2_000_000)
        assert reason.startswith("The quotes in this row do not match, or a field is far too long")

    def test_a_gzip_file_that_ends_too_early(self):
        assert self.refused(gzip.compress(GOOD * 10)[:-20])[1] == "The gzip file ends too early. Send it again."

    def test_a_damaged_gzip_file(self):
        packed = bytearray(gzip.compress(GOOD * 1000))
        packed[40] ^= 0xFF
        assert self.refused(bytes(packed))[1].startswith("The gzip file is damaged")

    def test_a_gzip_bomb(self, settings):
        settings.CONSENT_FILE_MAX_BYTES = 10_000_000
        bomb = gzip.compress(GOOD + b"x" * 99 + b"\n" + b"\n" * 30_000_000)
        assert len(bomb) < 200_000
        result = import_consents(io.BytesIO(bomb), file_name="x")
        assert result.problems[-1].reason.startswith("The content is longer than 10,000,000 bytes")
        assert nothing_is_there()

    def test_a_mark_at_the_beginning_of_the_file(self, load):
        assert load(content=b"\xef\xbb\xbf" + GOOD).ok

    def test_line_ends_of_other_systems(self, load):
        assert load(content=GOOD.replace(b"\n", b"\r\n")).ok


class TestSkipping:
    def test_takes_the_rest_and_tells_of_each_line_left_out(self, load):
        told = []
        result = load(ROW, "x", f"{SECRET},analytics,maybe,2026-03-30", ROW, skip_invalid=True, reject=told.append)
        assert (result.made.rows, result.made.rejected) == (1, 3)
        assert [problem.line for problem in told] == [3, 4, 5]

    def test_takes_nothing_from_a_file_without_a_good_row(self, load):
        assert not load("x", skip_invalid=True).ok


class TestCommand:
    def run(self, *args):
        out = io.StringIO()
        try:
            call_command("import_consents", *map(str, args), stdout=out)
        except SystemExit as end:
            return end.code, out.getvalue()
        return 0, out.getvalue()

    @pytest.fixture
    def file(self, db, tmp_path):
        path = tmp_path / "answers.csv"
        path.write_bytes(GOOD + f"{SECRET},analytics,maybe,2026-03-30\n".encode())
        return path

    def test_says_which_line_is_wrong(self, file):
        code, said = self.run(file)
        assert code == 1
        assert "Nothing was imported.\n  Line 3: The state is none of" in said

    def test_lists_rejects_by_line_and_reason_only(self, file):
        code, said = self.run(file, "--skip-invalid", "--json")
        assert (code, json.loads(said)["rejected"]) == (0, 1)
        rejects = file.with_name("answers.csv.rejects").read_text()
        assert rejects.startswith("3\tThe state is none of")
        assert SECRET not in rejects

    def test_takes_what_the_lines_do_not_say_from_its_options(self, file):
        self.run(file, "--skip-invalid", "--source", "post room", "--mechanism", "letter")
        assert set(ConsentEvent.objects.values_list("mechanism", "source")) == {("letter", "post room")}

    def test_refuses_an_option_that_no_answer_may_carry(self, file):
        with pytest.raises(CommandError, match="--source holds a bar"):
            self.run(file, "--source", "a|b")

    def test_says_that_a_file_is_known(self, file):
        self.run(file, "--skip-invalid")
        code, said = self.run(file, "--skip-invalid")
        assert code == 0
        assert "Nothing was changed." in said


class TestOrder:
    def outcome(self, key, use):
        person = subject_of(key).pk
        for chunk in PermissionChunk.objects.filter(use__key=use, chunk=person >> 16):
            if chunk.bits >> (person & 65535) & 1:
                return chunk.get_outcome_display()
        return None

    def test_a_later_file_with_earlier_answers_changes_nothing(self, load):
        load(f"{SECRET},analytics,withdrawn,2026-03-30", file_name="later")
        load(f"{SECRET},analytics,given,2026-03-01", file_name="earlier")
        assert self.outcome(SECRET, "analytics") == "Withdrawn"

    def test_the_negative_one_of_the_same_moment_decides(self, load):
        load(f"{SECRET},analytics,objected,2026-03-30", f"{SECRET},analytics,given,2026-03-30")
        assert self.outcome(SECRET, "analytics") == "Objected"

    def test_a_large_file_comes_out_the_same(self, load, monkeypatch):
        monkeypatch.setattr("apps.consents.intake.importing.BULK", 0)
        load(f"{SECRET},analytics,withdrawn,2026-03-30", file_name="later")
        load(f"{SECRET},analytics,given,2026-03-01", ROW, file_name="earlier")
        assert self.outcome(SECRET, "analytics") == "Withdrawn"
        assert self.outcome("anna@example.org", "analytics") == "Permitted"

    @pytest.mark.parametrize("state", [State.REQUESTED, State.DEFERRED])
    def test_what_is_no_answer_changes_nothing(self, load, state):
        load(f"{SECRET},analytics,given,2026-03-01", f"{SECRET},analytics,{state.key},2026-03-30")
        assert self.outcome(SECRET, "analytics") == "Permitted"


class TestTheTable:
    def test_rows_can_only_be_added(self, load):
        load(ROW)
        with pytest.raises(Exception, match="can only be added"), connection.cursor() as cursor:
            cursor.execute("UPDATE consents_consentevent SET state = 3")

    def test_people_are_never_deleted(self, load):
        load(ROW)
        with pytest.raises(Exception, match="neither removed nor edited"), connection.cursor() as cursor:
            cursor.execute("DELETE FROM consents_datasubject")
