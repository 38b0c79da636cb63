"""An emulator for as long as a test needs it: `pip install testcontainers`."""

import urllib.request

from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

container = DockerContainer("moderation-emulator").with_exposed_ports(8080)
with container.waiting_for(HttpWaitStrategy(8080, "/_emulator/health")) as emulator:
    url = f"http://{emulator.get_container_host_ip()}:{emulator.get_exposed_port(8080)}"
    with urllib.request.urlopen(f"{url}/_emulator/health") as answer:
        print(answer.status)
