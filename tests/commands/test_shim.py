from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from emulator.cli import main
from emulator.providers.alipay import shim

URL = "http://127.0.0.1:9000"


def run_shim(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["shim", *map(str, arguments)])


def test_the_files_in_a_new_folder(tmp_path: Path) -> None:
    folder = tmp_path / "tests" / "emulator"
    result = run_shim("-o", folder)
    assert (result.exit_code, result.output.split()) == (0, [str(folder / name) for name in shim.FILES])
    for name in shim.FILES:
        assert (folder / name).read_text(encoding="utf-8") == shim.render_file(name)
        assert ".d." in name or "var SERVED_BY = '';" in shim.render_file(name)
    assert run_shim("-o", folder).exit_code == 0  # over the old ones


def test_with_an_address(tmp_path: Path) -> None:
    assert run_shim("--out", tmp_path, "--url", f"{URL}/").exit_code == 0
    for name in ("my.js", "my.cjs", "my.mjs"):
        assert f'var SERVED_BY = "{URL}";' in (tmp_path / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("url", ["127.0.0.1:9000", "ftp://a", "http://a/b", 'http://"', "http://"])
def test_what_is_no_address(tmp_path: Path, url: str) -> None:
    result = run_shim("-o", tmp_path, "--url", url)
    assert (result.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "--url" in result.output


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert run_shim("-o", tmp_path / "file").exit_code == 2
    result = run_shim("-o", tmp_path / "file" / "folder")
    assert (result.exit_code, "Traceback" in result.output) == (2, False)


def test_without_a_folder() -> None:
    result = run_shim()
    assert (result.exit_code, "--out" in result.output) == (2, True)
