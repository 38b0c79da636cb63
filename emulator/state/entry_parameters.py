"""Entry parameters: what a journaled call carries in its query and its form."""

from urllib.parse import parse_qsl

from emulator.state.journal import Entry


def parse_parameters(entry: Entry) -> list[tuple[str, str]]:
    """Return the decoded pairs of the query, then those of the body if it is a form."""
    return [
        *parse_pairs(entry.target.partition("?")[2]),
        *(parse_pairs(decode_body(entry)) if is_form(entry) else ()),
    ]


def decode_body(entry: Entry) -> str:
    return entry.body.decode("utf-8", "replace")


def is_form(entry: Entry) -> bool:
    """Return whether the body is a form. Without a Content-Type, a body counts as one unless it begins like JSON."""
    kind = next((value.lower() for name, value in entry.headers if name.lower() == "content-type"), "")
    return bool(entry.body) and ("x-www-form-urlencoded" in kind or (not kind and entry.body[:1] not in b"{["))


def parse_pairs(raw: str) -> list[tuple[str, str]]:
    """Return the decoded pairs of a query or form."""
    return parse_qsl(raw, keep_blank_values=True)
