"""Files that nobody should be able to hand in, made from good ones, and a few that only look bad."""

import gzip
import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from itertools import chain

MAX_BYTES = 100_000  # what the tests set as UPLOAD_MAX_BYTES

OTHER_SUFFIXES = [
    "html",
    "htm",
    "xhtml",
    "shtml",
    "svg",
    "svgz",
    "xml",
    "xsl",
    "js",
    "mjs",
    "css",
    "php",
    "phtml",
    "phar",
    "jsp",
    "asp",
    "aspx",
    "cgi",
    "pl",
    "py",
    "rb",
    "sh",
    "bash",
    "bat",
    "cmd",
    "ps1",
    "vbs",
    "wsf",
    "hta",
    "exe",
    "dll",
    "so",
    "msi",
    "scr",
    "com",
    "jar",
    "apk",
    "iso",
    "img",
    "zip",
    "gz",
    "tgz",
    "bz2",
    "xz",
    "7z",
    "rar",
    "tar",
    "doc",
    "docm",
    "dot",
    "xls",
    "xlsm",
    "xlsb",
    "ppt",
    "pptx",
    "odt",
    "ods",
    "rtf",
    "eml",
    "msg",
    "mht",
    "url",
    "lnk",
    "gif",
    "bmp",
    "webp",
    "tif",
    "ico",
    "mp4",
    "mp3",
    "sqlite",
    "db",
    "bak",
    "tmp",
    "pem",
    "key",
    "csv.gz",
    "pdf.exe",
    "png.html",
    "json.js",
]


@dataclass(frozen=True)
class HostileFile:
    why: str
    name: str
    content: bytes

    def __str__(self):
        return f"{self.why} ({self.name[:40]!r})"


def zipped(parts, compression=zipfile.ZIP_DEFLATED):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return target.getvalue()


def content_types(kind):
    main = f"application/vnd.openxmlformats-officedocument.{kind}.main+xml"
    return f'<?xml version="1.0"?><Types><Override PartName="/main.xml" ContentType="{main}"/></Types>'.encode()


def parts_of(suffix):
    kind, main = {
        ".docx": ("wordprocessingml.document", "word/document.xml"),
        ".xlsx": ("spreadsheetml.sheet", "xl/workbook.xml"),
    }[suffix]
    return [("[Content_Types].xml", content_types(kind)), (main, b"<w>" + b"Some words. " * 50 + b"</w>")]


def png_chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


PNG = b"\x89PNG\r\n\x1a\n" + b"".join(
    [
        png_chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        png_chunk(b"IDAT", zlib.compress(b"\x00\x00")),
        png_chunk(b"IEND", b""),
    ]
)
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xda\x00\x08\x01\x01\x00\x00?\x00\xd2\xff\xd9"
)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n" + b"% filler\n" * 150 + b"%%EOF\n"
DOCX, XLSX = zipped(parts_of(".docx")), zipped(parts_of(".xlsx"))
GOOD = {
    ".pdf": PDF,
    ".png": PNG,
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".docx": DOCX,
    ".xlsx": XLSX,
    ".txt": "Grüße\n".encode(),
    ".csv": b"name,count\nx,1\n",
    ".json": b'{"a": [1, 2]}',
}
BINARY = (".pdf", ".png", ".jpg", ".jpeg", ".docx", ".xlsx")
TEXT = (".txt", ".csv", ".json")


def hostile_files():
    """More than 500 that every door must refuse."""
    made = chain(truncated(), of_another_kind(), damaged(), not_utf8(), bad_json(), bombs(), polyglots(), unnamed())
    return [HostileFile(*parts) for parts in made]


def harmless_files():
    """What looks bad but is only ever stored and handed out as a download under a name that is made safe."""
    names = [
        "../../etc/passwd",
        "..\\..\\windows\\system",
        "/etc/cron.d/x",
        "a\u202efdp.exe",
        "ü" * 300,
        "\u0001x",
        "名",
        "a;b&c",
    ]
    made = [("a name", f"{name}{suffix}", GOOD[suffix]) for name in names for suffix in (".pdf", ".txt", ".png")]
    formulas = ("=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)", "+1", "-1", '=HYPERLINK("x")', "\t=1")
    made += [("a formula", "list.csv", f"name\n{formula}\n".encode()) for formula in formulas]
    made += [("markup", "page.txt", b"<script>alert(1)</script>"), ("with a mark", "a.json", b"\xef\xbb\xbf{}")]
    return [HostileFile(*parts) for parts in made]


def truncated():
    for suffix in BINARY:
        content = GOOD[suffix]
        for cut in sorted({len(content) * n // 25 for n in range(1, 25)}):
            yield "truncated", f"cut{suffix}", content[:cut]
    for suffix in GOOD:
        yield "empty", f"empty{suffix}", b""
        yield "too large", f"large{suffix}", GOOD[suffix] + b" " * MAX_BYTES
    for suffix in TEXT:
        yield "nothing but spaces", f"blank{suffix}", b" \n\t " * 5


def of_another_kind():
    for suffix in GOOD:
        for other, content in GOOD.items():
            same = suffix == other or {suffix, other} <= {".jpg", ".jpeg"}
            is_text = suffix in (".txt", ".csv") and other in (*TEXT, ".pdf")
            if not same and not is_text:
                yield "another kind", f"file{suffix}", content
        yield "a program", f"file{suffix}", b"MZ\x90\x00\x03\x00\x00\x00" * 20
        yield "another archive", f"file{suffix}", gzip.compress(b"0" * 1000)
    for suffix in OTHER_SUFFIXES:
        yield "no kind that is taken", f"file.{suffix}", b"<html><script>alert(1)</script>"
        yield "a good file of no kind that is taken", f"file.{suffix}", PDF


def damaged():
    for at in range(8, len(PNG) - 4, 2):
        yield "a picture with a wrong byte", "scan.png", PNG[:at] + bytes([PNG[at] ^ 0xFF]) + PNG[at + 1 :]
    for suffix in (".docx", ".xlsx"):
        content = GOOD[suffix]
        for at in range(52, 170, 4):
            yield "an archive with a wrong byte", f"text{suffix}", content[:at] + b"\xaa\x55" + content[at + 2 :]


def not_utf8():
    words = "Größe und Maß, 東京"
    encoded = {
        "UTF-16": words.encode("utf-16"),
        "UTF-16 without a mark": words.encode("utf-16-le"),
        "UTF-32": words.encode("utf-32"),
        "Latin-1": "Größe".encode("latin-1"),
        "Windows-1252": "“Maß”".encode("cp1252"),
        "Shift-JIS": "東京".encode("shift-jis"),
        "an overlong slash": b"a\xc0\xafb",
        "an overlong NUL": b"a\xc0\x80b",
        "half a pair": b"a\xed\xa0\x80b",
        "beyond Unicode": b"\xf4\x90\x80\x80",
        "a character cut in two": "ü".encode()[:1],
        "a byte that continues nothing": b"a\x80",
        "a NUL": b"a\x00b",
        "a NUL far behind": b"a" * 20_000 + b"\x00",
        "a bell": b"a\x07",
        "an escape sequence": b"\x1b[2J",
        "a byte that is none": b"\xff\xfe\xfd",
        "Latin-1 far behind": b"a" * 20_000 + b"\xe4",
    }
    for suffix in TEXT:
        for why, content in encoded.items():
            yield why, f"text{suffix}", content


def bad_json():
    bodies = {
        "deep lists": b"[" * 40_000 + b"]" * 40_000,
        "deep objects": b'{"a":' * 15_000 + b"1" + b"}" * 15_000,
        "deep and open": b"[" * 90_000,
        "NaN": b"[NaN]",
        "Infinity": b"[-Infinity]",
        "a long number": b"9" * 50_000,
        "two documents": b"{} {}",
        "a comma too many": b"[1,]",
        "a comment": b"[1] // x",
        "single quotes": b"{'a': 1}",
        "no value": b'{"a"}',
        "an open text": b'"abc',
        "a raw line end": b'"a\nb"',
        "a call": b"alert(1)",
        "YAML": b"a: 1\n",
        "XML": b"<a/>",
    }
    for why, content in bodies.items():
        yield why, "data.json", content


def bombs():
    for suffix in (".docx", ".xlsx"):
        parts, rest = parts_of(suffix), [("media/a.bin", b"0" * (8 * MAX_BYTES))]
        bad = {
            "a bomb": zipped([*parts, *rest]),
            "a bomb of many parts": zipped([*parts, *((f"media/{n}.bin", b"0" * MAX_BYTES) for n in range(9))]),
            "many parts": zipped([*parts, *((f"{n}", b"") for n in range(2100))], zipfile.ZIP_STORED)[: MAX_BYTES - 1],
            "only the types": zipped(parts[:1]),
            "no types": zipped(parts[1:]),
            "the types of another kind": zipped([("[Content_Types].xml", content_types("x")), parts[1]]),
            "macros": zipped([*parts, ("word/vbaProject.bin", b"x")]),
            "a lying size": lying(zipped([*parts, *rest])),
            "a password": zipped(parts).replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"),
            "entities": zipped([*parts, ("word/a.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')]),
            "a prefix": b"GIF89a" + zipped(parts),
            "gzip": gzip.compress(zipped(parts)),
            "a plain archive": zipped([("a.txt", b"x")]),
            "an empty archive": zipped([]),
        }
        for name in ("../x", "/x", "a/../../x", "..\\x", "C:\\x", "\\\\host\\x", "a/..", "../../../../etc/passwd"):
            bad[f"a part called {name}"] = zipped([*parts, (name, b"x")])
        for why, content in bad.items():
            yield why, f"text{suffix}", content
    for suffix in GOOD:
        yield "a gzip bomb", f"file{suffix}", gzip.compress(b"0" * (20 * MAX_BYTES))


def lying(content):
    """The archive whose directory says that every part is small."""
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        content = content[: at + 24] + struct.pack("<I", 10) + content[at + 28 :]
        at = content.find(b"PK\x01\x02", at + 4)
    return content


def polyglots():
    html, php = b"<html><script>alert(1)</script></html>", b"<?php system($_GET['c']); ?>"
    for tail in (html, php, DOCX, PDF, b"MZ" * 100):
        yield "a picture with a tail", "scan.png", PNG + tail
        yield "a picture with a tail", "scan.jpg", JPEG + tail
    for head in (html, php, DOCX, PNG, b"GIF89a", b"\n", b"\x00"):
        yield "a document with a head", "text.pdf", head + PDF
        yield "a picture with a head", "scan.png", head + PNG
        yield "a picture with a head", "scan.jpg", head + JPEG
        yield "an archive with a head", "text.docx", head + DOCX if head != DOCX else html + DOCX
    yield "a document with a long tail", "text.pdf", PDF + html * 100


def unnamed():
    for name in (
        "file",
        "pdf",
        ".pdf",
        "file.",
        "file.pdf.",
        "file.pdf ",
        "file.pdf%00",
        "file.pdf;.exe",
        "file.p df",
    ):
        yield "a name without a kind", name, PDF
