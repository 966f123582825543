"""The three answers of tests/src/applications/http-visit.ts by asyncio's streams, which know nothing of HTTP."""

import asyncio
from urllib.parse import parse_qs, urlsplit


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while head := (await reader.readline()).decode():
        method, target, _ = head.split()
        headers = {}
        while line := (await reader.readline()).decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if headers.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        posted = await reader.readexactly(int(headers.get("content-length", "0")))
        url = urlsplit(target)
        if url.path == "/hello":
            body = b"hello"
        elif url.path == "/length" and method == "POST":
            body = str(len(posted)).encode()
        else:
            count = int(parse_qs(url.query)["count"][0])
            body = bytes(index % 251 for index in range(count))
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(answer, None, 8000)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main())
