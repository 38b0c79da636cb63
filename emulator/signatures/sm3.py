"""SM3, the hash of GB/T 32905-2016: by OpenSSL where it has it, else by the plain Python below."""

import hashlib

_START: tuple[int, ...] = (
    0x7380166F,
    0x4914B2B9,
    0x172442D7,
    0xDA8A0600,
    0xA96F30BC,
    0x163138AA,
    0xE38DEE4D,
    0xB0FB0E4E,
)
_WORD = 0xFFFF_FFFF


def compute_sm3(data: bytes) -> str:
    """Return the digest in lower-case hex."""
    try:
        return hashlib.new("sm3", data).hexdigest()
    except ValueError:  # OpenSSL was built without it
        return compute_sm3_in_python(data)


def compute_sm3_in_python(data: bytes) -> str:
    """Return the digest in lower-case hex without OpenSSL. This is some thousand times slower."""
    padded = data + b"\x80" + bytes(-(len(data) + 9) % 64) + (8 * len(data)).to_bytes(8, "big")
    state = _START
    for start in range(0, len(padded), 64):
        state = _compress(state, padded[start : start + 64])
    return b"".join(word.to_bytes(4, "big") for word in state).hex()


def _compress(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    """Return the state after one more block; the letters are those of the standard, section 5.3."""
    words = _expand(block)
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        constant = _rotate(0x79CC4519 if j < 16 else 0x7A879D8A, j)
        ss1 = _rotate(_rotate(a, 12) + e + constant & _WORD, 7)
        ff = a ^ b ^ c if j < 16 else a & b | a & c | b & c
        gg = e ^ f ^ g if j < 16 else e & f | ~e & g
        tt1 = ff + d + (ss1 ^ _rotate(a, 12)) + (words[j] ^ words[j + 4]) & _WORD
        tt2 = gg + h + ss1 + words[j] & _WORD
        a, b, c, d = tt1, a, _rotate(b, 9), c
        e, f, g, h = tt2 ^ _rotate(tt2, 9) ^ _rotate(tt2, 17), e, _rotate(f, 19), g
    return tuple(old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True))


def _expand(block: bytes) -> list[int]:
    words = [int.from_bytes(block[start : start + 4], "big") for start in range(0, 64, 4)]
    for j in range(16, 68):
        mixed = words[j - 16] ^ words[j - 9] ^ _rotate(words[j - 3], 15)
        words.append(mixed ^ _rotate(mixed, 15) ^ _rotate(mixed, 23) ^ _rotate(words[j - 13], 7) ^ words[j - 6])
    return words


def _rotate(word: int, bits: int) -> int:
    bits %= 32
    return (word << bits | word >> 32 - bits) & _WORD
