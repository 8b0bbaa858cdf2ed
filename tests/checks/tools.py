"""Installs the pinned tools for the template checks, the mutants and the e2e test, below `target/tools`.

Standard library only, because it runs before anything is installed. Each tool has a folder with a marker that contains
the hash of its requirements. If the marker is missing or differs, the folder is built again, so a broken or outdated
installation repairs itself, and a complete one costs a file read.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEFAULT = Path("target/tools")

SAM_REQUIREMENTS = HERE / "requirements-sam.txt"
CHECKOV_REQUIREMENTS = HERE / "requirements-checkov.txt"
ZIZMOR_REQUIREMENTS = HERE / "requirements-zizmor.txt"
ZIG_REQUIREMENTS = HERE / "requirements-zig.txt"
KAFKA_REQUIREMENTS = HERE / "requirements-kafka.txt"
KAFKA_OLD_REQUIREMENTS = HERE / "requirements-kafka-old.txt"
INTEROP_SOURCE = HERE / "interop"
NAG_SOURCE = HERE / "nag"
PAGE_SOURCE = HERE / "page"

CARGO_MUTANTS = "27.1.0"
CARGO_NEXTEST = "0.9.148"

MARKER = ".installed"


class Missing(Exception):
    """Something that only the machine's owner can install. The message names the command."""


def sam(tools: Path) -> Path:
    """Returns the environment with SAM CLI, the SAM translator, cfn-lint, PyYAML and boto3."""
    return environment(tools, "sam", SAM_REQUIREMENTS)


def checkov(tools: Path) -> Path:
    """Returns the environment with checkov."""
    return environment(tools, "checkov", CHECKOV_REQUIREMENTS)


def zizmor(tools: Path) -> Path:
    """Returns the environment with zizmor."""
    return environment(tools, "zizmor", ZIZMOR_REQUIREMENTS)


def zig(tools: Path) -> Path:
    """Returns the environment with cargo-zigbuild and zig."""
    return environment(tools, "zig", ZIG_REQUIREMENTS)


def kafka(tools: Path) -> Path:
    """Returns the environment with confluent-kafka, kafka-python and aiokafka."""
    return environment(tools, "kafka", KAFKA_REQUIREMENTS)


def kafka_old(tools: Path) -> Path | None:
    """Returns the environment with the confluent-kafka of Port's agent; nothing without a Python that it was built for."""
    python = sys.executable if sys.version_info < (3, 12) else shutil.which("python3.11")
    return environment(tools, "kafka-old", KAFKA_OLD_REQUIREMENTS, python) if python else None


def kafkajs(tools: Path) -> Path:
    """Returns the folder with kafkajs and the script that runs it."""
    return node(tools, "kafkajs", INTEROP_SOURCE / "kafkajs")


def apache_kafka(tools: Path) -> Path:
    """Returns the folder with Apache Kafka in `libs`: the broker and its own clients."""
    for program, package in (("java", "openjdk-17-jre-headless"), ("mvn", "maven")):
        if shutil.which(program) is None:
            raise Missing(f"{program} is not installed: run apt-get install {package} (Kafka needs Java 17 or newer)")
    pom = INTEROP_SOURCE / "pom.xml"

    def build(folder: Path) -> None:
        announce("installing Apache Kafka")
        folder.mkdir(parents=True)
        shutil.copy(pom, folder)
        run(["mvn", "--quiet", "--batch-mode", "dependency:copy-dependencies", "-DoutputDirectory=libs"], cwd=folder)

    return installed(tools, "apache-kafka", digest(pom.read_bytes()), build)


def environment(tools: Path, name: str, requirements: Path, python: str = sys.executable) -> Path:
    """Returns the folder of a Python virtual environment with exactly what `requirements` pins."""

    def build(folder: Path) -> None:
        if importlib.util.find_spec("ensurepip") is None:
            raise Missing("python3 cannot create virtual environments: run apt-get install python3-venv")
        announce(f"installing {name}")
        run([python, "-m", "venv", str(folder)])
        pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
        run([*pip, "install", "--quiet", "--requirement", str(requirements)])

    # A virtual environment belongs to the interpreter that created it.
    wanted = digest(requirements.read_bytes(), platform.python_version().encode())
    return installed(tools, name, wanted, build)


def nag(tools: Path) -> Path:
    """Returns the folder with cdk-nag and the script that runs it."""
    return node(tools, "nag", NAG_SOURCE)


def page(tools: Path) -> Path:
    """Returns the folder with axe-core, Mermaid, the browser driver, and the script that uses them."""
    return node(tools, "page", PAGE_SOURCE)


def node(tools: Path, name: str, source: Path) -> Path:
    """Returns the folder with a Node.js package's dependencies and its script."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise Missing(f"{program} is not installed: run apt-get install npm ({name} needs Node.js 20 or newer)")
    sources = sorted(path for path in source.iterdir() if path.is_file())

    def build(folder: Path) -> None:
        announce(f"installing {name}")
        folder.mkdir(parents=True)
        for file in sources:
            shutil.copy(file, folder)
        run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder)

    return installed(tools, name, digest(*(file.read_bytes() for file in sources)), build)


def mutants(tools: Path) -> Path:
    """Returns the program cargo-mutants."""
    return cargo(tools, "mutants", CARGO_MUTANTS)


def nextest(tools: Path) -> Path:
    """Returns the program cargo-nextest, which ends a run at the first test that fails."""
    return cargo(tools, "nextest", CARGO_NEXTEST)


def cargo(tools: Path, name: str, version: str) -> Path:
    """Returns a program that adds the command `name` to cargo."""

    def build(folder: Path) -> None:
        announce(f"installing cargo-{name}")
        run(["cargo", "install", "--quiet", "--locked", "--root", str(folder), f"cargo-{name}@{version}"])

    return installed(tools, name, version, build) / "bin" / f"cargo-{name}"


def installed(tools: Path, name: str, wanted: str, build: Callable[[Path], None]) -> Path:
    """Returns the folder of a tool, built unless its marker matches."""
    folder = tools.absolute() / name
    marker = folder / MARKER
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.with_name(f".{name}.lock")):
        if not marker.is_file() or marker.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            build(folder)
            marker.write_text(wanted)
    return folder


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lets only one process build at a time, so that two make targets can run concurrently."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def enter(folder: Path) -> None:
    """Restarts the running script with the interpreter of `folder`, unless that is the current one."""
    if Path(sys.prefix).resolve() == folder.resolve():
        return
    python = str(folder / "bin" / "python")
    sys.stdout.flush()
    os.execv(python, [python, *sys.argv])


def digest(*parts: bytes) -> str:
    """Returns one hash of several texts."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def announce(text: str) -> None:
    """Reports progress on standard error, separate from the results on standard output."""
    print(f"{text} ...", file=sys.stderr, flush=True)


def run(command: list[str], cwd: Path | None = None) -> None:
    """Runs an installer, and shows its output only if it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"error: `{' '.join(command)}` failed\n{done.stdout}{done.stderr}")
