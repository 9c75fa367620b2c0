"""The official Nacos SDK as a second opinion on the stub of Nacos.

Usage: nacos_sdk.py HOST:PORT USER PASSWORD DATA_ID, with nacos-sdk-python 3.2.0 installed.
Takes one JSON command a line, {"do": "get" | "publish", "content": …, "cas": …}, and prints one
JSON line for each, and one for each change that the SDK hears of.
"""

import asyncio
import json
import sys
import tempfile

from v2.nacos import ClientConfigBuilder, ConfigParam, GRPCConfig, NacosConfigService

GROUP = "DEFAULT_GROUP"


def say(**what):
    print(json.dumps(what), flush=True)


async def main(server, user, password, data_id):
    scratch = tempfile.mkdtemp()
    config = (
        ClientConfigBuilder()
        .server_address(server)
        .username(user)
        .password(password)
        .log_dir(scratch)
        .cache_dir(scratch)
        .grpc_config(GRPCConfig(grpc_timeout=5000))
        .build()
    )
    client = await NacosConfigService.create_config_service(config)

    async def heard(_tenant, _data_id, _group, content):
        say(heard=content)

    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    say(ready=True)
    while line := await lines.readline():
        command = json.loads(line)
        param = ConfigParam(data_id=data_id, group=GROUP)
        try:
            if command["do"] == "get":
                say(got=await client.get_config(param))
            elif command["do"] == "listen":
                await client.add_listener(data_id, GROUP, heard)
                say(listening=True)
            else:
                param.content = command["content"]
                param.cas_md5 = command.get("cas", "")
                say(published=await client.publish_config(param))
        except Exception as error:  # whatever the SDK raises is its answer
            say(error=str(error))
    await client.shutdown()


asyncio.run(main(*sys.argv[1:]))
