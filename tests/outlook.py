"""A message as Outlook keeps it (.msg): a compound file with one stream for each property."""

import struct

SECTOR, MINI = 512, 64
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
STRING = 0x001F0000


def outlook_message(subject, sender, address):
    """One without attachments; all its streams are short, and lie in the sectors of the mini stream."""
    texts = {0x0037: subject, 0x0C1A: sender, 0x0C1F: address, 0x001A: "IPM.Note"}
    streams = {f"__substg1.0_{name:04X}001F": text.encode("utf-16-le") for name, text in texts.items()}
    entries = [struct.pack("<HHII4x", 0x001F, name, 6, len(text) * 2 + 2) for name, text in texts.items()]
    streams["__properties_version1.0"] = bytes(32) + b"".join(entries)
    names, mini, mini_fat, starts = sorted(streams, key=lambda name: (len(name), name)), b"", [], {}
    for name in names:
        blocks = -(-len(streams[name]) // MINI)
        starts[name] = len(mini) // MINI
        mini_fat += [*range(starts[name] + 1, starts[name] + blocks), END]
        mini += streams[name].ljust(blocks * MINI, b"\0")
    root = _entry("Root Entry", 5, 1, 3, len(mini), child=1)
    directory = [root]
    for number, name in enumerate(names, 1):
        right = number + 1 if number < len(names) else FREE
        directory.append(_entry(name, 2, 1, starts[name], len(streams[name]), right=right))
    content = b"".join(directory).ljust(-(-len(directory) // 4) * SECTOR, b"\0")
    # Sectors: the table, the directory, the table of the mini stream, the mini stream.
    at_mini_fat = 1 + len(content) // SECTOR
    at_mini, minis = at_mini_fat + 1, -(-len(mini) // SECTOR)
    fat = [FAT, *range(2, at_mini_fat), END, END, *range(at_mini + 1, at_mini + minis), END]
    content = content.replace(root, _entry("Root Entry", 5, 1, at_mini, len(mini), child=1))
    header = struct.pack("<8s16xHHHHH6xIII4xIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1,
                         4096, at_mini_fat, 1, END, 0)  # fmt: skip
    header += struct.pack("<109I", 0, *[FREE] * 108)
    return header + _table(fat) + content + _table(mini_fat) + mini.ljust(minis * SECTOR, b"\0")


def _table(numbers):
    return struct.pack("<128I", *numbers, *[FREE] * (128 - len(numbers)))


def _entry(name, kind, colour, start, size, right=FREE, child=FREE):
    text = name.encode("utf-16-le") + b"\0\0"
    head = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, colour, FREE, right, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)
