"""A client that is not ours: it knows the server by gRPC reflection and the reference of the formats.

It declares a site and a session, uploads the fragments of an MP4 up to SEALED, and reads coverage and
clip back. The last line that it prints is JSON.

    foreign_client.py http://127.0.0.1:7800 ADMIN_TOKEN FRAGMENTED.mp4 CLIP_TO_WRITE.mp4
"""

import hashlib
import json
import os
import queue
import sys
import time

import grpc
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.json_format import MessageToDict
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

import fragments

CHUNK = 64 * 1024
PATIENCE_S = 60
SEALED = 3


class Server:
    """Calls by name, with what reflection tells of their messages."""

    def __init__(self, address):
        self.channel = grpc.insecure_channel(address.removeprefix("http://"))
        self.pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(self.channel))

    def message(self, name):
        return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(name))

    def method(self, service, name):
        found = self.pool.FindServiceByName(service).FindMethodByName(name)
        request = message_factory.GetMessageClass(found.input_type)
        response = message_factory.GetMessageClass(found.output_type)
        return f"/{service}/{name}", request, response

    def call(self, service, method, token, /, **fields):
        path, request, response = self.method(service, method)
        unary = self.channel.unary_unary(path, request.SerializeToString, response.FromString)
        return unary(request(**fields), metadata=bearer(token), timeout=PATIENCE_S)

    def stream(self, service, method, token, /, **fields):
        path, request, response = self.method(service, method)
        call = self.channel.unary_stream(path, request.SerializeToString, response.FromString)
        return call(request(**fields), metadata=bearer(token), timeout=PATIENCE_S)

    def talk(self, service, name, token, requests):
        path, request, response = self.method(service, name)
        call = self.channel.stream_stream(path, request.SerializeToString, response.FromString)
        return call(requests, metadata=bearer(token), timeout=PATIENCE_S)


def bearer(token):
    return [("authorization", f"Bearer {token}")]


def ulid():
    """26 characters of Crockford's alphabet: 48 bits of milliseconds, 80 bits of chance."""
    number = int(time.time() * 1000) << 80 | int.from_bytes(os.urandom(10))
    return "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[number >> shift & 31] for shift in range(125, -1, -5))


def declare(server, token, public_key, window):
    """A site with one camera, a recorder, and a session. Gives all ids."""
    session = "liuhen.session.v1.SessionService"

    def create(thing, /, **fields):
        return server.call(session, f"Create{thing}", token, **fields)

    organization = create("Organization", name="Foreign", kind=2).organization.organization_id
    site = create("Site", organization_id=organization, name="Foreign site").site.site_id
    room = create("Room", site_id=site, name="Foreign room", kind=1).room.room_id
    viewpoint = create("Viewpoint", room_id=room, name="Door", required=True, sound_required=True).viewpoint.viewpoint_id
    camera = create("Camera", viewpoint_id=viewpoint, name="Door").camera
    recorder = create("Recorder", site_id=site, name="Not ours", public_key=public_key)
    windows = [{"viewpoint_id": viewpoint, "interval": window}]
    made = create("Session", site_id=site, name="Foreign session", exam=window, windows=windows, room_ids=[room]).session
    return {
        "session": made.session_id,
        "stream": camera.evidence_stream_id,
        "recorder": recorder.recorder.recorder_id,
        "token": recorder.token,
        "run": f"run_{ulid()}",
        "boot": f"boot_{ulid()}",
    }


def steps(ids, key, init, parts):
    """All requests of one upload."""
    run = ids["run"]
    digests = [hashlib.sha256(part).digest() for part in parts]
    init_digest = hashlib.sha256(init).digest()
    opening = {"run_id": run, "stream_id": ids["stream"], "boot_id": ids["boot"], "init": init, "init_sha256": init_digest}
    yield {"open_run": opening}
    for sequence, (part, digest) in enumerate(zip(parts, digests)):
        yield {"fragment_head": {"run_id": run, "sequence": sequence, "size_bytes": len(part), "sha256": digest}}
        for offset in range(0, len(part), CHUNK):
            data = part[offset : offset + CHUNK]
            yield {"fragment_chunk": {"run_id": run, "sequence": sequence, "offset_bytes": offset, "data": data}}
    statement = fragments.canonical(
        {
            "v": 1,
            "type": "range",
            "recorder": ids["recorder"],
            "stream": ids["stream"],
            "run": run,
            "init": init_digest.hex(),
            "first": 0,
            "fragments": [digest.hex() for digest in digests],
        }
    )
    last = len(parts) - 1
    signed = {"run_id": run, "first_sequence": 0, "last_sequence": last, "statement": statement}
    yield {"range_signature": signed | {"signature": key.sign(statement)}}
    yield {"end_run": {"run_id": run, "fragments": len(parts), "reason": 10}}


def upload(server, ids, key, init, parts):
    """Sends everything, waits for SEALED of the last fragment, and gives the highest step of each fragment."""
    request = server.message("liuhen.ingest.v1.UploadRequest")
    todo = queue.SimpleQueue()
    for step in steps(ids, key, init, parts):
        todo.put(request(**step))
    reached, sealed = {}, []
    for answer in server.talk("liuhen.ingest.v1.IngestService", "Upload", ids["token"], iter(todo.get, None)):
        kind = answer.WhichOneof("answer")
        if kind == "error":
            raise SystemExit(f"refused: {MessageToDict(answer.error)}")
        if kind == "fragment_ack":
            for sequence in range(answer.fragment_ack.first_sequence, answer.fragment_ack.last_sequence + 1):
                reached[sequence] = max(reached.get(sequence, 0), answer.fragment_ack.step)
        if kind == "segment_sealed":
            sealed.append(answer.segment_sealed)
            for sequence in range(answer.segment_sealed.first_sequence, answer.segment_sealed.last_sequence + 1):
                reached[sequence] = SEALED
            if answer.segment_sealed.last_sequence == len(parts) - 1:
                todo.put(None)
                break
    return reached, sealed


def main():
    address, token, source, target = sys.argv[1:]
    with open(source, "rb") as file:
        init, bare = fragments.split(file.read())
    tracks = fragments.tracks_of(init)
    server, key = Server(address), Ed25519PrivateKey.generate()
    start = int(time.time() * 1_000_000) - 60_000_000
    public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    # The window is declared before the footage is read: it ends where the footage does, to within a second.
    window = {"start_us": start, "end_us": start + 10_000_000}
    ids = declare(server, token, public, window)
    parts, end = [], start
    for sequence, fragment in enumerate(bare):
        part, end = fragments.with_header(fragment, sequence, ids, tracks, start)
        parts.append(part)
    reached, sealed = upload(server, ids, key, init, parts)
    review = "liuhen.review.v1.ReviewService"
    coverage = server.call(review, "GetCoverage", token, session_id=ids["session"]).coverage
    size, codecs = 0, ""
    with open(target, "wb") as clip:
        for part in server.stream(review, "ReadClip", token, stream_id=ids["stream"], interval=window, purpose="a test"):
            clip.write(part.data)
            size = part.info.size_bytes or size
            codecs = part.info.codecs or codecs
    result = {
        "fragments": len(parts),
        "sealed": sum(1 for step in reached.values() if step >= SEALED),
        "segments": len(sealed),
        "unsigned_tail": [segment.unsigned_tail for segment in sealed],
        "end_us": end,
        "window": window,
        "clip_bytes": size,
        "codecs": codecs,
        "coverage": MessageToDict(coverage, preserving_proto_field_name=True),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
