"""The gateway's own protocol on /realtime, from Python with `websockets`.

Start the gateway with `./donna dev`. In a second terminal, in the repository:

    apt install python3-websockets            (or: pip install websockets)
    export TOKEN=$(./donna token --sub me)
    python3 examples/python/hello.py "Who are you?"

GATEWAY is the gateway's URL, http://127.0.0.1:3001 by default.
With `./donna dev --tls`: export GATEWAY=https://127.0.0.1:3001 SSL_CERT_FILE=.donna/tls/ca.pem
"""

import asyncio
import json
import os
import re
import sys

import websockets

GATEWAY = os.environ.get("GATEWAY", "http://127.0.0.1:3001")
TOKEN = os.environ.get("TOKEN")
LINE = sys.argv[1] if len(sys.argv) > 1 else "Hello, who are you?"


async def talk():
    async with websockets.connect(re.sub("^http", "ws", GATEWAY) + "/realtime") as socket:

        async def send(message):
            await socket.send(json.dumps(message))

        await send({"type": "authenticate", "token": TOKEN})
        async for data in socket:
            event = json.loads(data)
            kind = event["type"]
            if kind == "auth_success":
                await send({"type": "connect_realtime"})
            elif kind == "session.created":
                content = [{"type": "input_text", "text": LINE}]
                item = {"type": "message", "role": "user", "content": content}
                await send({"type": "conversation.item.create", "item": item})
                await send({"type": "response.create"})
            elif kind == "response.output_audio_transcript.delta":
                print(event["delta"], end="", flush=True)
            elif kind == "response.done":
                print()
                status = event["response"]["status"]
                return None if status == "completed" else f"The answer is {status}."
            elif kind == "auth_error":
                return f"The gateway refused the token: {event['error']}"
            elif kind == "error":
                return f"{event['error']['code']}: {event['error']['message']}"
        return f"The connection closed before the answer: {socket.close_code} {socket.close_reason}"


def main():
    if not TOKEN:
        return "TOKEN is not set. Run: export TOKEN=$(./donna token --sub me)"
    try:
        return asyncio.run(asyncio.wait_for(talk(), timeout=30))
    except asyncio.TimeoutError:
        return "No answer within 30 seconds."
    except (OSError, websockets.exceptions.WebSocketException) as error:
        return f"No connection to {GATEWAY}: {error}"


sys.exit(main())  # None is status 0; a text goes to standard error, with status 1
