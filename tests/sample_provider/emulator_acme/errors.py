"""The errors of Acme. Its documents give a message for each."""

from emulator.error_types import ErrorRow
from emulator.errors import index_rows

_PAGE = "documented: page of errors"

_ROWS = (
    ErrorRow("bad_request", 400, "The request cannot be read.", "it is no JSON object, or a value is wrong", _PAGE),
    ErrorRow("text_too_long", 400, "The text is too long.", "it has more than 1000 characters", _PAGE),
    ErrorRow("unknown_key", 401, "The key is unknown.", "no customer has the key in Acme-Key", _PAGE),
    ErrorRow("bad_signature", 401, "The signature is wrong.", "another secret or another body was signed", _PAGE),
    ErrorRow("unknown_operation", 404, "There is no such operation.", "the path or the method is wrong", _PAGE),
    ErrorRow("too_many_calls", 429, "Too many calls.", "the quota of the minute is used up", _PAGE),
    ErrorRow("internal", 500, "Something went wrong.", "the service itself failed", _PAGE),
    ErrorRow("unreadable_picture", 200, "The picture cannot be read.", "told in the result", _PAGE, scope="task"),
)

ROWS = index_rows(_ROWS, {})
