"""The wheel: our three packages with what they need inside, nothing else, and nobody else's names."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_it_holds_our_packages_and_their_data_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert top == {"service", "embeddings", "prompts"}
    samples = {path.name for path in (ROOT / "service" / "samples").iterdir()}
    assert {name.rsplit("/", 1)[1] for name in names if name.startswith("service/samples/")} == samples
    assert {name for name in names if name.startswith("prompts/") and name.endswith(".md")} == {
        "prompts/answer.md",
        "prompts/condense.md",
    }
    assert not [name for name in names if name.endswith((".pyc", ".sqlite", ".snapshot"))]


def test_installed_from_it_the_names_are_ours_alone_and_the_command_runs(wheel: Path, tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(tmp_path), str(wheel)]
    subprocess.run(pip, check=True, capture_output=True)
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "import importlib.metadata as metadata, json, prompts, service, embeddings\n"
        "owners = metadata.packages_distributions()\n"
        "print(json.dumps([sorted(set(owners[each])) for each in ('service', 'embeddings', 'prompts')]))\n"
        "print(json.dumps([each.__file__ for each in (service, embeddings, prompts)]))\n"
        "from service.cli import cli; cli(['--version'])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=tmp_path)
    owners, files, version = done.stdout.splitlines()
    assert json.loads(owners) == [["byline-news"]] * 3
    assert all(Path(file).is_relative_to(tmp_path) for file in json.loads(files))
    assert version == "byline 0.1.0"
