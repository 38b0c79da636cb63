"""The two versions of the newer checks: the second names the user and the scene."""

from emulator.vocabulary import Call, Refusal


def is_second(call: Call) -> bool:
    """Whether the call is of version 2."""
    return bool(call.params.get("version") == 2)


def check(call: Call) -> None:
    """What the schema cannot say: version 2 needs an openid and a scene."""
    if is_second(call):
        if not call.params.get("openid"):
            raise Refusal("40003", "Version 2 needs an openid.")
        if "scene" not in call.params:
            raise Refusal("40004", "Version 2 needs a scene.")
