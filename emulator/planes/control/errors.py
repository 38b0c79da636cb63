"""errors: every documented code and how to make it happen."""

from emulator.atlas import atlas
from emulator.planes.control import NotFound, Reply, Route, Turn
from emulator.problems import choice
from emulator.vocabulary import LANGUAGES, Problem, Problems


def errors(turn: Turn) -> Reply:
    providers = turn.house.providers
    name = turn.query.get("provider")
    if name is not None and name not in providers:
        raise NotFound(f"no provider {name[:80]!r}; there are {', '.join(providers)}")
    language = turn.query.get("lang", "en")
    if language not in LANGUAGES:
        raise Problems([Problem("?lang", choice(language, LANGUAGES), language[:80])])
    items = atlas((providers[name] for name in ([name] if name else providers)), language)
    return Reply({"items": items, "total": len(items)})


ROUTES = (Route("GET", "errors", errors, ("provider", "lang"), answers={200: "Errors", 404: "Error"}),)
