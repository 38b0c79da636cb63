"""Task ids of Alibaba, measured on those of the documents and on those that public callers captured."""

import pytest

from emulator.fake.ids import Ids

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ$@"

# Captured by public callers in PHP, Java, Go, Ruby and TypeScript; the last three stand in the document of imageaudit.
CAPTURED = (
    *("img7f0eyk7rH3R4ij3wtoW6n7-1v6Rbu", "txt4wP0KSIBQpj5rV7E9FiQd1-1v6R5I", "img1gkLHlcQAM44mg2JCKEcz@-1s3ymX"),
    *("txt4pwuZLcHbQJ4Qr$tn2CLn7-1tZyip", "txt5iHPuCGHb024i2AWj92PTK-1t5arO", "txt4Ls98drerDy6g$MbjZoETU-1rIL@D"),
    *("txt6TAHlyCHQ3x4$xyV3iJqYk-1wBQEN", "txt3Hk8NrVF4yN5jNdDOtsNK9-1DvIMn", "img5RFnCR5sruX5l7UknC4UcQ-1u3eGE"),
    *("img7$NtJ82sHRH7gY9QTn7eP5-1sCSXn", "img3Bc@EMajQgP6kzzoF2xRPS-1wy3Qp", "img49S2s7tVXfs4nY0cL8cQnO-1pQYuH"),
    *("img4@ek3IUEQPK6NV2RkorQfO-1wy3NX", "img3BE68uhtk1q5ZO3Dl1BGdZ-1wy40m", "img4ubk19AOA2s7saK5dZROfM-1wy2$k"),
    *("img74JOskCik585d8$1ncDPdF-1wy3di", "txt68HT9XiCXSB5Z9J6Gzswj1-1wxZXX", "img7$FCTGfO4DI6vNvkORerdz-1unV0p"),
    *("txt37lTGA3240Y59OXpSeIq7U-1w3c2X", "txt6Vh5Fv0DAFy5hgdVRt3pqf-1s82jj", "txt31rJ2il1rhZ5gA1JZgtz2Z-1s9$k0"),
)
OURS = [Ids(seed).make_task_id("img") for seed in range(2000)]


@pytest.mark.parametrize("ids", [CAPTURED, OURS], ids=["captured", "ours"])
def test_each_task_id_has_the_captured_form(ids: list[str]) -> None:
    for task_id in ids:
        assert len(task_id) == 32
        word, hyphen, moment = task_id[3:].partition("-")
        assert (len(word), hyphen, moment[0], len(moment)) == (22, "-", "1", 6)
        assert set(word + moment) <= set(DIGITS)
        assert word[0] in "01234567"
        assert word[8] in "4kAQbrHX"
        assert word[11] in "4567"


def test_the_last_digits_are_units_of_1024_milliseconds() -> None:
    """That answer's Date header said Wed, 06 May 2026 02:49:04 GMT."""
    number = 0
    for digit in "1DvIMn":
        number = number * 64 + DIGITS.index(digit)
    assert round(number * 1.024) == 1778035744


def test_every_digit_stands_wherever_it_may() -> None:
    """So that what quotes ids wrongly fails here as well."""
    free = [at for at in range(22) if at not in (0, 8, 11)] + [24, 25, 26, 27, 28]
    for at in free:
        assert {task_id[3 + at] for task_id in OURS} == set(DIGITS), at


def test_request_ids_are_uuids_of_any_variant() -> None:
    """Captured: E5E3-FE8E is 8E03, others begin with 9, A and B as well: 9B0A, ACD1, BAA6; not always A."""
    found = [Ids(seed).make_request_id() for seed in range(200)]
    assert {request_id[19] for request_id in found} == set("89AB")
    assert {request_id[14] for request_id in found} == {"4"}
