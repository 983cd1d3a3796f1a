"""Makes the roots of a log's first trees again with pymerkle, which shares nothing with Liuhen.

    merkle_roots.py FILE    {"Entries": [text, …], "Roots": [hex, …]}: the root of 0, 1, 2, … entries

Only roots are compared: pymerkle counts entries from 1 and writes proofs in its own way.
"""

import json
import sys

from pymerkle import InmemoryTree

with open(sys.argv[1], encoding="utf-8") as file:
    read = json.load(file)
tree = InmemoryTree(algorithm="sha256")
for size, root in enumerate(read["Roots"]):
    if size > 0:
        tree.append_entry(read["Entries"][size - 1].encode())
    found = tree.get_root().hex()
    if found != root:
        sys.exit(f"the root of {size} entries is {found}, and {root} was written")
print(f"{len(read['Roots'])} roots")
