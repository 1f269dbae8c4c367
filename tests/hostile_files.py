"""Files that nobody should be able to hand in, made from good ones, and a few that only look bad."""

import gzip
import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from itertools import chain

from PIL import Image
from pypdf import PdfWriter

from tests.outlook import outlook_message

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
    "odt",
    "ods",
    "rtf",
    "mht",
    "url",
    "lnk",
    "bmp",
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


def content_types(kind, part="main.xml"):
    main = f"application/vnd.openxmlformats-officedocument.{kind}.main+xml"
    namespace = "http://schemas.openxmlformats.org/package/2006/content-types"
    types = f'<Types xmlns="{namespace}"><Override PartName="/{part}" ContentType="{main}"/></Types>'
    return f'<?xml version="1.0"?>{types}'.encode()


def parts_of(suffix):
    kind, main = {
        ".docx": ("wordprocessingml.document", "word/document.xml"),
        ".xlsx": ("spreadsheetml.sheet", "xl/workbook.xml"),
        ".pptx": ("presentationml.presentation", "ppt/presentation.xml"),
    }[suffix]
    return [("[Content_Types].xml", content_types(kind, main)), (main, b"<w>" + b"Some words. " * 50 + b"</w>")]


def png_chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


PNG = b"\x89PNG\r\n\x1a\n" + b"".join(
    [
        png_chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        png_chunk(b"IDAT", zlib.compress(b"\x00\x00")),
        png_chunk(b"IEND", b""),
    ]
)


def picture(kind, size=(8, 8)):
    target = io.BytesIO()
    Image.linear_gradient("L").resize(size).save(target, kind)
    return target.getvalue()


def document():
    """A PDF with one empty page."""
    target = io.BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(72, 72)
    writer.write(target)
    return target.getvalue()


MAIL = (
    b"From: Ada Example <ada@example.org>\r\nTo: recipient@example.com\r\n"
    b"Subject: =?utf-8?q?The_photos_f=C3=BCr_you?=\r\n"
    b"Date: Mon, 30 Mar 2026 14:05:00 +0200\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n'
    b"<script>alert(1)</script>\r\n"
    b'--b\r\nContent-Disposition: attachment; filename="photos.zip"\r\n\r\nPK12345\r\n--b--\r\n'
)
JPEG, PDF = picture("JPEG"), document()
DOCX, XLSX, PPTX = (zipped(parts_of(suffix)) for suffix in (".docx", ".xlsx", ".pptx"))
GOOD = {
    ".pdf": PDF,
    ".png": PNG,
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".gif": picture("GIF"),
    ".webp": picture("WEBP"),
    ".tif": picture("TIFF"),
    ".tiff": picture("TIFF"),
    ".docx": DOCX,
    ".xlsx": XLSX,
    ".pptx": PPTX,
    ".eml": MAIL,
    ".msg": outlook_message("The photos", "Ada Example", "ada@example.org"),
    ".zip": zipped([("photos/1.jpg", b"x" * 2000), ("inner.zip", zipped([("a.txt", b"a")]))]),
    ".txt": "Grüße\n".encode(),
    ".csv": b"name,count\nx,1\n",
    ".json": b'{"a": [1, 2]}',
}
BINARY = (".pdf", ".png", ".jpg", ".docx", ".xlsx", ".pptx", ".msg", ".zip")
TEXT = (".txt", ".csv", ".json")
ALIKE = ({".jpg", ".jpeg"}, {".tif", ".tiff"})
ZIPS = (".docx", ".xlsx", ".pptx", ".zip")


def hostile_files():
    """More than 500 that every door must refuse."""
    made = chain(truncated(), of_another_kind(), damaged(), not_text(), bad_json(), bombs(), polyglots(), unnamed())
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
    made += [(why, f"text{suffix}", content) for suffix in (".txt", ".csv") for why, content in OTHER_TEXT.items()]
    made += list(only_unusual())
    made += [("markup", "page.txt", b"<script>alert(1)</script>"), ("with a mark", "a.json", b"\xef\xbb\xbf{}")]
    return [HostileFile(*parts) for parts in made]


def truncated():
    for suffix in BINARY:
        content = GOOD[suffix]
        for cut in sorted({len(content) * n // 10 for n in range(1, 10)}):
            yield "truncated", f"cut{suffix}", content[:cut]
    for suffix in GOOD:
        yield "empty", f"empty{suffix}", b""
        yield "too large", f"large{suffix}", GOOD[suffix] + b" " * MAX_BYTES
    for suffix in TEXT:
        yield "nothing but spaces", f"blank{suffix}", b" \n\t " * 5


def of_another_kind():
    for suffix in GOOD:
        for other, content in GOOD.items():
            same = suffix == other or any({suffix, other} <= alike for alike in ALIKE)
            is_text = suffix in (".txt", ".csv") and other in (*TEXT, ".eml")
            is_archive = suffix == ".zip" and other in ZIPS
            if not same and not is_text and not is_archive:
                yield "another kind", f"file{suffix}", content
        yield "a program", f"file{suffix}", b"MZ\x90\x00\x03\x00\x00\x00" * 20
        yield "another archive", f"file{suffix}", gzip.compress(b"0" * 1000)
    for suffix in OTHER_SUFFIXES:
        yield "no kind that is taken", f"file.{suffix}", b"<html><script>alert(1)</script>"
        yield "a good file of no kind that is taken", f"file.{suffix}", PDF


def damaged():
    for at in range(8, len(PNG) - 12, 6):
        yield "a picture with a wrong byte", "scan.png", PNG[:at] + bytes([PNG[at] ^ 0xFF]) + PNG[at + 1 :]
    for suffix in (".docx", ".xlsx"):
        content = GOOD[suffix]
        for at in range(52, 170, 8):
            yield "an archive with a wrong byte", f"text{suffix}", content[:at] + b"\xaa\x55" + content[at + 2 :]


WORDS = "Größe und Maß, 東京"
# Text that is not in UTF-8 and is taken for what it is, beside a note that says so.
OTHER_TEXT = {
    "UTF-16": WORDS.encode("utf-16"),
    "Latin-1": "Größe".encode("latin-1"),
    "Windows-1252": "“Maß”".encode("cp1252"),
    "Latin-1 far behind": b"a" * 20_000 + b"\xe4",
    "half a pair": b"a\xed\xa0\x80b",
}
NO_TEXT = {
    "UTF-16 without a mark": WORDS.encode("utf-16-le"),
    "UTF-16 that is cut": WORDS.encode("utf-16")[:-1],
    "UTF-32": WORDS.encode("utf-32"),
    "beyond Unicode": b"\xf4\x90\x80\x80",
    "a byte that is none": b"a\x81",
    "a NUL": b"a\x00b",
    "a NUL in UTF-16": "a\0b".encode("utf-16"),
    "a NUL far behind": b"a" * 20_000 + b"\x00",
    "an overlong NUL": b"a\xc0\x80\x00b",
    "a bell": b"a\x07",
    "an escape sequence": b"\x1b[2J",
}


def not_text():
    for suffix in TEXT:
        for why, content in (*NO_TEXT.items(), *(OTHER_TEXT.items() if suffix == ".json" else ())):
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
    for suffix in (".docx", ".xlsx", ".pptx"):
        parts, rest = parts_of(suffix), [("media/a.bin", b"0" * (8 * MAX_BYTES))]
        bad = {
            "a bomb": zipped([*parts, *rest]),
            "a bomb of many parts": zipped([*parts, *((f"media/{n}.bin", b"0" * MAX_BYTES) for n in range(9))]),
            "many parts": zipped([*parts, *((f"{n}", b"") for n in range(2100))], zipfile.ZIP_STORED)[: MAX_BYTES - 1],
            "only the types": zipped(parts[:1]),
            "no types": zipped(parts[1:]),
            "the types of another kind": zipped([("[Content_Types].xml", content_types("x")), parts[1]]),
            "macros": zipped([*parts, ("word/vbaProject.bin", b"x")]),
            "macros in capitals": zipped([*parts, ("WORD/VBAPROJECT.BIN", b"x")]),
            "macros by their type": zipped([("[Content_Types].xml", with_macros(parts[0][1])), *parts[1:]]),
            "sheets of macros": zipped([*parts, ("xl/MacroSheets/sheet1.xml", b"<x/>")]),
            "entities in UTF-16": zipped([*parts, ("word/a.xml", '<!DOCTYPE a [<!ENTITY b "c">]>'.encode("utf-16"))]),
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


def with_macros(types):
    return types.replace(
        b"</Types>", b'<Override PartName="/x.bin" ContentType="application/vnd.ms-office.vbaPROJECT"/></Types>'
    )


def lying(content):
    """The archive whose directory says that every part is small."""
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        content = content[: at + 24] + struct.pack("<I", 10) + content[at + 28 :]
        at = content.find(b"PK\x01\x02", at + 4)
    return content


HTML, PHP = b"<html><script>alert(1)</script></html>", b"<?php system($_GET['c']); ?>"


def polyglots():
    for tail in (HTML, PHP, DOCX, PDF, b"MZ" * 100, b"#!/bin/sh\n"):
        yield "a picture with a tail", "scan.png", PNG + tail
        yield "a picture with a tail", "scan.jpg", JPEG + tail
        yield "a document with a tail", "text.pdf", PDF + tail if tail != PDF else PDF + b"\0\0" + HTML
    for head in (HTML, PHP, DOCX, PNG, b"GIF89a", b"\n", b"\x00"):
        yield "a picture with a head", "scan.png", head + PNG if head != PNG else b"x" + PNG
        yield "a picture with a head", "scan.jpg", head + JPEG
        yield "an archive with a head", "text.docx", head + DOCX if head != DOCX else HTML + DOCX
        yield "an archive with a head", "files.zip", head + DOCX if head != DOCX else PDF + DOCX
    for head in (HTML, PHP, DOCX, PNG, b"GIF89a", b"x" * 1100):
        yield "a document with a head", "text.pdf", head + PDF
    yield "a picture of too many pixels", "scan.png", large_png()
    yield "no mail", "message.eml", b"Subject: nobody wrote this\r\n\r\nText"
    yield (
        "a mail of nothing but parts",
        "message.eml",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * 500,
    )
    yield "an empty archive", "files.zip", zipped([])


def only_unusual():
    """What devices and programs of honest people write."""
    svg = b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x"><svg/>'
    renamed = [("[Content_Types].xml", content_types("wordprocessingml.document", "word/document2.xml"))]
    return [
        ("a trailer of a camera", "scan.jpg", JPEG + b"\0\0SEFH\x01\x02" * 20),
        ("fill bytes", "scan.jpg", JPEG[:2] + b"\xff\xff" + JPEG[2:]),
        ("zeros behind it", "scan.png", PNG + bytes(100)),
        ("a line break before it", "text.pdf", b"\r\n" + PDF),
        ("a long tail", "text.pdf", PDF + b"\0" * 2000 + b"scanned by x" * 200),
        ("another main part", "text.docx", zipped([*renamed, ("word/document2.xml", b"<w/>")])),
        ("a drawing", "text.docx", zipped([*parts_of(".docx"), ("word/media/image1.svg", svg)])),
        ("a mail", "message.eml", MAIL),
        ("a message of Outlook", "message.msg", GOOD[".msg"]),
        ("an archive", "files.zip", GOOD[".zip"]),
        ("slides", "talk.pptx", PPTX),
    ]


def large_png():
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 200_000, 200_000, 8, 0, 0, 0, 0))
    return PNG[:8] + head + PNG[33:]


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
