"""The emulator with callbacks that wait for a day to come. `python -m tests.bench.waiting NUMBER [LOOP]`"""

import asyncio
import json
import sys
from importlib import import_module

from emulator import server, settings
from emulator.signatures.callback import checksum
from emulator.world.delivery import Delivery

DAY = 86400


def delivery(number: int, url: str, ready: float) -> Delivery:
    """A result in the size of the document's example."""
    task_id, data_id = f"img4wlJcb7p4wH4lAP3nX-{number:09}", f"test4lNSMdggA0c56MMvfYoh4e-{number:09}"
    found = [{"label": "tag", "rate": 99.2, "scene": "tag", "suggestion": "review"}]
    told = {"code": 200, "msg": "OK", "dataId": data_id, "taskId": task_id, "results": found}
    content = json.dumps(told)
    form = ("checksum", checksum("1234567890", "seed", content)), ("content", content)
    return Delivery(task_id, data_id, url, form, ready)


def main(number: str, loop: str = "asyncio") -> None:
    """Serve on a free port; it listens once all callbacks wait."""
    own = server.providers()
    quirks = [quirk for provider in own.values() for quirk in provider.quirks]
    house = server.build(settings.load(None, {"server": {"port": 0}}, {}, quirks), own)

    def ready(url: str) -> None:
        account = house.world.accounts.default
        for n in range(int(number)):
            house.world.courier.send(account, delivery(n, "http://127.0.0.1:9/", account.clock.now() + DAY + n))
        sys.stdout.write(f"Listening on {url}\n")
        sys.stdout.flush()

    with asyncio.Runner(loop_factory=import_module(loop).new_event_loop) as runner:
        runner.run(server.serve(house, ready))


if __name__ == "__main__":
    main(*sys.argv[1:])
