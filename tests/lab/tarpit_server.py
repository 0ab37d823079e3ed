"""Takes every connection on a port, says nothing, and lets it hang. Runs inside the host `tarpit`."""

from __future__ import annotations

import asyncio
import contextlib
import sys

PATIENCE = 60  # seconds


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while await reader.read(4096):
                pass
    writer.close()


async def main() -> None:
    await asyncio.start_server(hang, "0.0.0.0", int(sys.argv[1]), backlog=4096)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
