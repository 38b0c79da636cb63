"""The TLS port: its certificate, and the files with what clients have to trust."""

from datetime import UTC, datetime
from pathlib import Path

from emulator.app import App
from emulator.net.certificate import load_certificate, make_certificate


def provide_certificate(app: App) -> None:
    """Make the certificate of the TLS port, or load it, if the settings want such a port. Raises Problems.

    One that is made holds for the names at which the services of all providers answer, and for those of the settings.
    """
    server = app.initial_settings.server
    if server.tls_port is None:
        return
    if server.tls_cert and server.tls_key:
        app.certificate = load_certificate(Path(server.tls_cert), Path(server.tls_key))
    else:
        hosts = [host for provider in app.providers.values() for host in provider.hosts]
        app.certificate = make_certificate(
            [*hosts, *server.tls_hosts], server.tls_days, datetime.fromtimestamp(app.started, UTC)
        )


def write_trust_files(app: App) -> None:
    """Write what clients of the TLS port have to trust into the folder of the settings, if there is one. Raises
    Problems.
    """
    folder = app.initial_settings.server.tls_out
    if app.certificate is not None and folder:
        from emulator.net.trust import write_trust

        write_trust(Path(folder), app.certificate.ca_pem)
