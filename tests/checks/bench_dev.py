"""Measures `synth dev`: start, memory, processor and runs. Beside it, in the same run, Restate's development server from npm.

Usage: bench_dev.py SYNTH FUNCTION [TOOLS]. Prints a table. The exit status is 1 if a figure is worse than its cap.
"""

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INPUTS = {"cpu": 2, "memory": 4, "storage": 8, "region": "eu-west-1"}
TICKS = os.sysconf("SC_CLK_TCK")
AT_ONCE = 2_000


class Session:
    """A session in a folder of its own."""

    def __init__(self, synth: Path, function: Path, folder: Path, *flags: str) -> None:
        self.folder = folder
        if not (folder / "blueprints").exists():
            shutil.copytree(ROOT / "blueprints", folder / "blueprints")
        command = [synth, "dev", "--json", "--function", function, *flags]
        started = time.monotonic()
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
        self.ready = json.loads(self.process.stdout.readline())["ready"]
        self.start = time.monotonic() - started
        secret = json.loads((folder / self.ready["credentials"]).read_text())["clientSecret"]
        self.token = None
        self.token = self.call("POST", "/v1/auth/access_token", {"clientId": self.ready["clientId"], "clientSecret": secret})["accessToken"]

    def call(self, method: str, path: str, body: object) -> dict:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.ready["port"] + path, json.dumps(body).encode(), headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def begin(self, title: str) -> str:
        body = {"properties": {"title": title, **INPUTS}}
        return self.call("POST", "/v1/actions/vm_create_vm/runs", body)["run"]["id"]

    def ends(self, runs: set[str]) -> None:
        """Waits for the end of runs."""
        while runs:
            event = json.loads(self.process.stdout.readline())["event"].get("port", {})
            if event.get("event") == "runChanged" and event["run"]["status"] in ("SUCCESS", "FAILURE"):
                if event["run"]["status"] == "FAILURE":
                    raise SystemExit(f"a run failed: {event['run']}")
                runs.discard(event["run"]["id"])

    def milliseconds_of_a_run(self, title: str) -> float:
        started = time.monotonic()
        self.ends({self.begin(title)})
        return (time.monotonic() - started) * 1000

    def memory(self) -> float:
        """Returns the resident memory in MB."""
        return memory(self.process.pid)

    def processor(self, seconds: float) -> float:
        """Returns the share of a core in percent while nothing happens."""
        before = ticks(self.process.pid)
        time.sleep(seconds)
        return (ticks(self.process.pid) - before) / TICKS / seconds * 100

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.stdout.close()
        self.process.wait(timeout=20)


def memory(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def ticks(process: int) -> int:
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def ours(synth: Path, function: Path, folder: Path) -> dict[str, float]:
    figures: dict[str, float] = {}
    starts = []
    for number in range(5):
        session = Session(synth, function, folder / f"start{number}")
        starts.append(session.start * 1000)
        if number == 4:
            time.sleep(2)
            figures["idle memory, MB"] = session.memory()
            figures["idle processor, %"] = session.processor(5)
            session.milliseconds_of_a_run("first")
            figures["run, as deployed, ms"] = statistics.median(session.milliseconds_of_a_run(f"run {n}") for n in range(5))
        session.stop()
    figures["start to ready, ms"] = statistics.median(starts)
    session = Session(synth, function, folder / "window0", "--window", "0")
    session.milliseconds_of_a_run("first")
    figures["run, window 0, ms"] = statistics.median(session.milliseconds_of_a_run(f"run {n}") for n in range(20))
    started = time.monotonic()
    session.ends({session.begin(f"at once {n}") for n in range(AT_ONCE)})
    figures[f"{AT_ONCE} runs at once, s"] = time.monotonic() - started
    figures["memory afterwards, MB"] = session.memory()
    session.stop()
    figures["program, MB"] = synth.stat().st_size / 1e6
    return figures


def restate(tools: Path, folder: Path) -> dict[str, float]:
    """Measures Restate's server, or returns nothing where it cannot be had."""
    package = tools / "restate"
    if not package.exists():
        package.mkdir(parents=True)
        command = ["npm", "install", "--prefix", package, "--ignore-scripts", "--no-audit", "--no-fund", "@restatedev/restate-server@1.7.12"]
        if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
            shutil.rmtree(package)
            return {}
    program = next(package.glob("node_modules/@restatedev/restate-server-linux-*/bin/restate-server"), None)
    if program is None:
        return {}
    started = time.monotonic()
    process = subprocess.Popen([program, "--base-dir", folder / "restate"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while time.monotonic() - started < 20:
            try:
                urllib.request.urlopen("http://127.0.0.1:9070/health", timeout=1).close()
                break
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.002)
        start = (time.monotonic() - started) * 1000
        time.sleep(5)
        before = ticks(process.pid)
        time.sleep(5)
        used = (ticks(process.pid) - before) / TICKS / 5 * 100
        return {
            "start to ready, ms": start,
            "idle memory, MB": memory(process.pid),
            "idle processor, %": used,
            "program, MB": program.stat().st_size / 1e6,
        }
    finally:
        process.kill()
        process.wait()


# What is aimed at, and what a run of this script must not exceed. The caps leave room for a machine that does other things.
GOALS = {
    "start to ready, ms": (50, 300),
    "idle memory, MB": (40, 60),
    "idle processor, %": (0.5, 5),
    "run, window 0, ms": (100, 1_000),
    "run, as deployed, ms": (650, 6_500),
    f"{AT_ONCE} runs at once, s": (10, 100),
    "memory afterwards, MB": (60, 120),
    "program, MB": (40, 80),
}


def main() -> int:
    synth, function = (Path(argument).resolve() for argument in sys.argv[1:3])
    tools = Path(sys.argv[3] if len(sys.argv) > 3 else "target/tools").resolve()
    with tempfile.TemporaryDirectory() as folder:
        mine, theirs = ours(synth, function, Path(folder)), restate(tools, Path(folder))
    print(f"{'':24}{'synth dev':>12}{'Restate':>12}{'aim':>8}{'cap':>8}")
    worse = False
    for name, (aim, cap) in GOALS.items():
        other = f"{theirs[name]:.1f}" if name in theirs else "-"
        worse |= mine[name] > cap
        print(f"{name:24}{mine[name]:12.1f}{other:>12}{aim:>8}{cap:>8}{'  worse than the cap' if mine[name] > cap else ''}")
    if not theirs:
        print("Restate's server could not be had from npm")
    return int(worse)


if __name__ == "__main__":
    sys.exit(main())
