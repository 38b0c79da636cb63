"""The schemas of the emulator's own files, held to what the contract suite demands of a provider's."""

from pathlib import Path
from typing import Any

import pytest

from emulator.assets import SCHEMAS
from emulator.schemas import Schema
from moderation_emulator.contract import test_schemas as suite

FILES = sorted((SCHEMAS / "emulator").glob("*.json"))


def test_no_schema_is_left_out() -> None:
    assert sorted([*suite.FILES, *FILES]) == sorted(SCHEMAS.glob("*/*.json"))


@pytest.mark.parametrize("file", FILES, ids=suite.format_name)
def test_they_are_as_those_of_providers(file: Path) -> None:
    suite.test_valid_by_draft_2020_12(file)
    suite.test_no_unknown_keyword(file)
    suite.test_every_required_key_is_described_and_every_reference_leads_somewhere(file)
    suite.test_codes_stand_only_in_requests_and_only_for_keywords_that_are_there(file)
    suite.test_both_validators_take_it(file)


@pytest.mark.parametrize(
    "document",
    [{"x-error": {}}, {"properties": {"a": {"x-note": 1}}}, {"allOf": [{"items": {"x-errorss": {}}}]}],
)
def test_an_unknown_annotation_is_refused_at_start(document: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="unknown annotation x-"):
        Schema(document)
