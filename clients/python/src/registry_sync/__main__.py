"""`registry-sync URL FILE`: bring the copy in FILE to where the register is, and say how it went."""

from __future__ import annotations

import argparse
import os
import sys

from registry_sync import Register, RegisterError, SqliteStore


def main() -> int:
    parser = argparse.ArgumentParser(prog="registry-sync", description=__doc__)
    parser.add_argument("url", help="address of the API, such as https://…/api/v1/")
    parser.add_argument("file", help="the SQLite file of the copy")
    parser.add_argument("--compare", action="store_true", help="also compare the copy with the register")
    asked = parser.parse_args()
    register = Register(asked.url, SqliteStore(asked.file), token=os.environ.get("REGISTRY_TOKEN"))
    try:
        done = register.sync()
        differences = register.compare() if asked.compare else []
    except RegisterError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{done.seq}: {done.records} records{' from the snapshot' if done.from_snapshot else ''}")
    for one in differences:
        print(f"differs: {one.kind} {one.id}: here {one.here}, there {one.there}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
