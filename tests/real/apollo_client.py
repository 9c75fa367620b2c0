"""A foreign Apollo client as a second opinion on the stub of Apollo.

Usage: apollo_client.py URL APP CLUSTER NAMESPACE SECRET, with apollo-client-python 0.2.5 installed.
Prints one JSON line with the text that it read, and one for each change that it hears of. What it
thinks of as its home, where it keeps files, is thrown away.
"""

import json
import os
import sys
import tempfile

os.environ["HOME"] = tempfile.mkdtemp()

from apollo import apollo_client  # noqa: E402  (it looks for its home when it is loaded)

# It asks the way to the internet for its own address, which a test machine may not have.
apollo_client.init_ip = lambda: "127.0.0.1"


def say(**what):
    print(json.dumps(what), flush=True)


def main(url, app, cluster, namespace, secret):
    client = apollo_client.ApolloClient(
        config_url=url,
        app_id=app,
        namespaces=[namespace],
        cluster=cluster,
        secret=secret,
        enable_scheduled_updates=False,
        enable_long_pool_updates=True,
        auto_update_enabled=True,
        value_change_listeners=[lambda change: say(heard=change["value"])],
        enable_dotenv=False,
    )
    say(got=client.get_value("content", namespace=namespace))
    sys.stdin.read()


main(*sys.argv[1:])
