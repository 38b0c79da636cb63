"""The two protobuf messages of a cloud call, as wx-server-sdk declares them.

Import this module where it is used: protobuf is slow to load, and few servers ever see a cloud call.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError, Message

MOST_PAIRS = 1000  # pairs of one call
_PAIR_TAG = 0x0A  # of field 1, with its length behind the tag
OPEN_API = 0  # the apiType of what wx-server-sdk calls `openapi`

# message -> (number, name, type) of its fields. `*` marks a repeated field; other types than protobuf's are messages.
_MESSAGES: Mapping[str, tuple[tuple[int, str, str], ...]] = {
    "Pair": ((1, "key", "string"), (2, "value", "bytes"), (3, "contenttype", "string"), (4, "filename", "string")),
    # openapiData repeats field 1, each time a Pair. It is read by hand: protobuf would make millions of pairs at once.
    "CommApiData": ((1, "apiType", "int32"), (2, "openapiData", "bytes"), (6, "appid", "string")),
    "HttpHeader": ((1, "key", "string"), (2, "value", "string")),
    "CommOpenApiResp": (
        *((1, "respData", "bytes"), (2, "contentType", "string"), (3, "errorCode", "int32"), (4, "httpCode", "uint32")),
        *((5, "header", "*HttpHeader"), (6, "svrkitErrorCode", "int32")),
    ),
}


def _build_field(number: int, name: str, kind: str) -> descriptor_pb2.FieldDescriptorProto:
    field = descriptor_pb2.FieldDescriptorProto(name=name, number=number)
    field.label = field.LABEL_REPEATED if kind.startswith("*") else field.LABEL_OPTIONAL
    kind = kind.removeprefix("*")
    if kind in _MESSAGES:
        field.type, field.type_name = field.TYPE_MESSAGE, f".{kind}"
    else:
        field.type = field.Type.Value(f"TYPE_{kind.upper()}")
    return field


def _build_classes() -> dict[str, type[Message]]:
    file = descriptor_pb2.FileDescriptorProto(name="openapi.proto", syntax="proto3")
    for name, fields in _MESSAGES.items():
        file.message_type.add(name=name, field=[_build_field(*each) for each in fields])
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(name)) for name in _MESSAGES}


_CLASSES = _build_classes()


class ApiRequest(NamedTuple):
    """A CommApiData: its apiType, its appid, and its `pairs`, each with key, value and filename."""

    api_type: int
    appid: str
    pairs: list[Any]


def parse_request(data: bytes) -> ApiRequest:
    """Read the CommApiData of a request. Raises ValueError for other bytes, or for too many pairs."""
    try:
        message: Any = _CLASSES["CommApiData"].FromString(data)
        pairs = [_CLASSES["Pair"].FromString(each) for each in _iterate_messages(message.openapiData)]
        return ApiRequest(message.apiType, message.appid, pairs)
    except DecodeError as error:
        raise ValueError(str(error)) from None


def _iterate_messages(data: bytes) -> Iterator[bytes]:
    """Yield the messages of a repeated field 1. Raises ValueError for anything else, or for too many."""
    at, number = 0, 0
    while at < len(data):
        number += 1
        if number > MOST_PAIRS:
            raise ValueError(f"more than {MOST_PAIRS} pairs")
        if data[at] != _PAIR_TAG:
            raise ValueError("openapiData holds something else than pairs")
        size, begin = _read_varint(data, at + 1)
        at = begin + size
        if at > len(data):
            raise ValueError("a pair does not end")
        yield data[begin:at]


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a length, and the position behind it. Raises ValueError when it does not end."""
    size = 0
    for shift, byte in enumerate(data[at : at + 5]):
        size |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return size, at + shift + 1
    raise ValueError("a length does not end")


def encode_response(**fields: Any) -> bytes:
    """Return the bytes of a CommOpenApiResp with these fields."""
    return _CLASSES["CommOpenApiResp"](**fields).SerializeToString()
