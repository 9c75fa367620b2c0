"""A foreign Kubernetes API as a second opinion on our ConfigMap client.

Usage: kmock_api.py NAMESPACE NAME KEY, with kmock 0.8 installed. Prints its address, then takes
one JSON command a line and prints one JSON line when it is done:

    {"do": "put", "text": …}   somebody else changes the key
    {"do": "delete"}           somebody else deletes the map
    {"do": "hide"}             the next read finds no map, as if it were made only after that
    {"do": "expire"}           the next watch begins at a version that is too old

Paths, lists, watches, the conflict of two creations and the form of all refusals are kmock's.
It knows no resourceVersion, so that one is stamped onto each change here; it has no PUT and no 410
of its own either.
"""

import asyncio
import json
import re
import sys

import kmock


def say(**what):
    print(json.dumps(what), flush=True)


class Api(kmock.KubernetesEmulator):
    version = 100

    def stamp(self):
        Api.version += 1
        return {"resourceVersion": str(Api.version)}

    async def _handle(self, request):
        if request.action == kmock.action.CREATE:
            request.data["metadata"].update(self.stamp())
        return await super()._handle(request)


async def main(namespace, name, key):
    maps = f"/api/v1/namespaces/{namespace}/configmaps"
    async with Api() as api, kmock.Server(api) as server:
        api.resources["v1/configmaps"] = {"kind": "ConfigMap", "namespaced": True}
        once = {"hide": False, "expire": False}

        def refusing(what, status, reason):
            """Passes on what was not asked for to the reactions after it."""

            def react(_request):
                if not once[what]:
                    raise NotImplementedError
                once[what] = False
                raise kmock.KubernetesError(status=status, reason=reason, message=reason)

            return react

        api["fetch", re.compile(f"{maps}/.*")] << refusing("hide", 404, "NotFound")
        api["watch", re.compile(maps)] << refusing("expire", 410, "Expired")
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
        )
        say(ready=f"{server.url.host}:{server.url.port}")
        while line := await lines.readline():
            command = json.loads(line)
            if command["do"] == "put":
                change = {"metadata": api.stamp(), "data": {key: command["text"]}}
                answer = await api.patch(f"{maps}/{name}", json=change)
            elif command["do"] == "delete":
                answer = await api.delete(f"{maps}/{name}")
            else:
                once[command["do"]] = True
                say(done=200)
                continue
            say(done=answer.status)


asyncio.run(main(*sys.argv[1:]))
