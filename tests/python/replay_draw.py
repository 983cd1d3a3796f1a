"""Draws a published lot again, as docs/ref/draw.md says: python3 replay_draw.py < record.json

Silent, and 0, if the record is what its seed, its lottery and its contributions give. Else it names what differs, and 1.
"""

import hashlib, json, sys


# One value, one sequence of bytes: sorted keys, no white space.
def canon(value): return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


# Takes one of those left in the hat, again and again; a number that would favour the first of them is thrown away.
def drawn(hat): return [hat.pop(next(n % left for n in numbers if n < 65536 - 65536 % left)) for left in range(len(hat), 0, -1)]


# Gives the place to the first who is free and may serve there; else to the first whose own place finds somebody else.
def seat(place, asked):
    for who in sorted(people, key=lambda one: one in holds):
        if place[0] not in barred[who] and who not in asked:
            asked.add(who)
            if who not in holds or seat(holds[who], asked):
                return not holds.update({who: place})


record = json.loads(raw := sys.stdin.buffer.read())
commitment = hashlib.sha256(b"liuhen-lot-1\0" + (seed := bytes.fromhex(record["seed"])) + canon(record["lottery"])).digest()
key = hashlib.sha256(commitment + seed + canon(record["contributions"])).digest()
numbers = (int.from_bytes(hashlib.sha256(key + i.to_bytes(8, "big")).digest()[:2], "big") for i in range(2**64))
barred = {one["staff"]: [it["room"] for it in one["excluded_rooms"]] for one in record["lottery"]["pool"]}
people, holds = drawn(list(barred)), {}
full = all([seat(it, set()) for it in drawn([(r["room"], n + 1) for r in record["lottery"]["rooms"] for n in range(r["places"])])])
lines = [{"place": n, "room": room, "staff": who} for (room, n), who in sorted((place, who) for who, place in holds.items())]
again = record | {"commitment": commitment.hex(), "seed": seed.hex(), "randomness": key.hex(), "result": full and lines,
                  "reserves": [who for who in people if who not in holds]}
sys.exit(", ".join(part for part in again if again[part] != record.get(part)) or (raw != canon(again) and "spelling"))
