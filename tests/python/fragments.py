"""Takes a fragmented MP4 that FFmpeg wrote apart, and puts Liuhen's header box before each fragment.

What is here was written from docs/ref/formats.md alone: it shares no code with the server.
"""

import json
import struct

# The type of the header box (docs/ref/formats.md).
HEADER_BOX = b"LiuhenFragmentV1"


def boxes(data, start=0, end=None):
    """Yields (name, offset of the box, offset of its content, end)."""
    end = len(data) if end is None else end
    while start < end:
        size, name = struct.unpack_from(">I4s", data, start)
        content = start + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, content)
            content += 8
        yield name.decode("latin-1"), start, content, start + size
        start += size


def find(data, path, start, end):
    """The content of the first box at a path such as moov/trak/mdia, as (content, end)."""
    head, _, rest = path.partition("/")
    for name, _, content, stop in boxes(data, start, end):
        if name == head:
            return find(data, rest, content, stop) if rest else (content, stop)
    raise ValueError(f"no box {path}")


def tracks_of(init):
    """Track id → kind, timescale and codec string, from `moov`."""
    tracks = {}
    moov, moov_end = find(init, "moov", 0, len(init))
    for name, _, content, end in boxes(init, moov, moov_end):
        if name != "trak":
            continue
        tkhd, _ = find(init, "tkhd", content, end)
        (track,) = struct.unpack_from(">I", init, tkhd + (20 if init[tkhd] else 12))
        mdhd, _ = find(init, "mdia/mdhd", content, end)
        (timescale,) = struct.unpack_from(">I", init, mdhd + (20 if init[mdhd] else 12))
        hdlr, _ = find(init, "mdia/hdlr", content, end)
        kind = {b"vide": "video", b"soun": "audio"}[init[hdlr + 8 : hdlr + 12]]
        stsd, _ = find(init, "mdia/minf/stbl/stsd", content, end)
        tracks[track] = {"kind": kind, "timescale": timescale, "codec": codec(init, stsd + 8)}
    return tracks


def codec(init, entry):
    """RFC 6381 string of a sample entry."""
    if init[entry + 4 : entry + 8] == b"avc1":
        at = init.index(b"avcC", entry) + 4
        return "avc1." + init[at + 1 : at + 4].hex()
    return "mp4a.40.2"


def split(data):
    """A fragmented MP4 as init and a list of (moof and mdat)."""
    init, fragments, moof = b"", [], None
    for name, start, _, end in boxes(data):
        if name in ("ftyp", "moov"):
            init += data[start:end]
        elif name == "moof":
            moof = data[start:end]
        elif name == "mdat":
            fragments.append(moof + data[start:end])
    return init, fragments


def traf_times(data, start, end, trex_duration):
    """Track id, decode time, duration, number of samples, whether the first one is a sync sample."""
    tfhd, _ = find(data, "tfhd", start, end)
    (flags,) = struct.unpack_from(">I", data, tfhd)
    (track,) = struct.unpack_from(">I", data, tfhd + 4)
    at, default, default_flags = tfhd + 8, trex_duration, 0
    at += 8 * bool(flags & 0x1) + 4 * bool(flags & 0x2)
    if flags & 0x8:
        (default,) = struct.unpack_from(">I", data, at)
        at += 4
    at += 4 * bool(flags & 0x10)
    if flags & 0x20:
        (default_flags,) = struct.unpack_from(">I", data, at)
    tfdt, _ = find(data, "tfdt", start, end)
    (decode_time,) = struct.unpack_from(">Q" if data[tfdt] else ">I", data, tfdt + 4)
    duration, samples, first_flags = 0, 0, None
    for name, _, content, _ in boxes(data, start, end):
        if name != "trun":
            continue
        flags, count = struct.unpack_from(">II", data, content)
        at = content + 8 + 4 * bool(flags & 0x1)
        if flags & 0x4:
            if first_flags is None:
                (first_flags,) = struct.unpack_from(">I", data, at)
            at += 4
        for _ in range(count):
            fields = {}
            for bit in (0x100, 0x200, 0x400, 0x800):
                if flags & bit:
                    (fields[bit],) = struct.unpack_from(">I", data, at)
                    at += 4
            duration += fields.get(0x100, default)
            if first_flags is None:
                first_flags = fields.get(0x400, default_flags)
        samples += count
    return track, decode_time, duration, samples, not first_flags & 0x10000


def canonical(value):
    """RFC 8785, for text, integers, booleans, lists and maps with ASCII keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def with_header(fragment, sequence, ids, tracks, wall_start_us):
    """Puts the header box before a fragment; gives its bytes and the wall time at which it ends."""
    headers, sync, wall_end = [], True, wall_start_us
    moof, moof_end = find(fragment, "moof", 0, len(fragment))
    for name, _, content, end in boxes(fragment, moof, moof_end):
        if name != "traf":
            continue
        track, start, duration, samples, first_sync = traf_times(fragment, content, end, 0)
        about = tracks[track]
        if about["kind"] == "video":
            sync = sync and first_sync
        scale = 1_000_000
        at = [wall_start_us + time * scale // about["timescale"] for time in (start, start + duration)]
        wall_end = max(wall_end, at[1])
        headers.append(
            {
                "track": track,
                "kind": about["kind"],
                "codec": about["codec"],
                "timescale": about["timescale"],
                "media_start": start,
                "media_end": start + duration,
                "boot_start": at[0] - wall_start_us + 1_000_000,
                "boot_end": at[1] - wall_start_us + 1_000_000,
                "wall_start": at[0],
                "wall_end": at[1],
                "samples": samples,
                "lost_packets": 0,
                "damaged": False,
            }
        )
    header = {
        "v": 1,
        "run": ids["run"],
        "sequence": sequence,
        "stream": ids["stream"],
        "boot": ids["boot"],
        "clock": {"version": 1, "source": "unsynchronized"},
        "starts_with_sync": sync,
        "tracks": sorted(headers, key=lambda header: header["track"]),
    }
    content = canonical(header)
    box = struct.pack(">I4s", 24 + len(content), b"uuid") + HEADER_BOX + content
    return box + fragment, wall_end
