"""The emulator with callbacks that wait for a day to come. `python -m tests.bench.waiting NUMBER [LOOP]`"""

import asyncio
import json
import sys
from importlib import import_module

from emulator import building, server
from emulator.config.load import load_settings
from emulator.discovery import collect_provided_settings, find_providers
from emulator.signatures.callback import compute_checksum
from emulator.state.callbacks.delivery import Delivery

DAY = 86400


def make_delivery(number: int, url: str, ready: float) -> Delivery:
    """Return a result in the size of the document's example."""
    task_id, data_id = f"img4wlJcb7p4wH4lAP3nX-{number:09}", f"test4lNSMdggA0c56MMvfYoh4e-{number:09}"
    found = [{"label": "tag", "rate": 99.2, "scene": "tag", "suggestion": "review"}]
    result = {"code": 200, "msg": "OK", "dataId": data_id, "taskId": task_id, "results": found}
    content = json.dumps(result)
    form = ("checksum", compute_checksum("1234567890", "seed", content)), ("content", content)
    return Delivery(task_id, data_id, url, form, ready)


def main(number: str, loop: str = "asyncio") -> None:
    """Serve on a free port; it listens once all callbacks wait."""
    own = find_providers()
    app = building.build(load_settings(None, {"server": {"port": 0}}, {}, collect_provided_settings(own.values())), own)

    def send_all(url: str, _tls_url: str) -> None:
        account = app.state.accounts.default
        for n in range(int(number)):
            dispatcher = app.state.dispatcher
            delivery = make_delivery(n, "http://127.0.0.1:9/", account.clock.now() + DAY + n)
            dispatcher.schedule(account, dispatcher.make_callback(account, delivery))
        sys.stdout.write(f"Listening on {url}\n")
        sys.stdout.flush()

    with asyncio.Runner(loop_factory=import_module(loop).new_event_loop) as runner:
        runner.run(server.serve(app, send_all))


if __name__ == "__main__":
    main(*sys.argv[1:])
