"""AWS for the e2e test: MiniStack on loopback with IAM enforced, SAM CLI in a work folder, and boto3."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from processes import Processes, free_port
from steps import expect

HERE = Path(__file__).resolve().parent
REGION = "eu-west-1"
ACCOUNT = "000000000000"
START_TIMEOUT = 60.0


class Cloud:
    """One MiniStack, from its start to the end of the test."""

    def __init__(self, processes: Processes, emulator: Path, sam: Path, folder: Path) -> None:
        self.processes = processes
        self.emulator = emulator
        self.sam_program = sam / "bin" / "sam"
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.home = folder / "home"
        self.home.mkdir()
        self.clients: dict[str, Any] = {}

    def environment(self) -> dict[str, str]:
        """Returns a user's environment, without anything that belongs to the user who runs the test."""
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(self.home),
            "TMPDIR": str(self.home),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "2",
            "NO_PROXY": "127.0.0.1,localhost",
            "SAM_CLI_TELEMETRY": "0",
        }

    def start(self) -> None:
        """Starts MiniStack and waits until it answers. Functions inherit its environment, which includes ours."""
        settings = {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": REGION,
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            # Listeners that would not stay on loopback.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "SFTP_HOST": "127.0.0.1",
            "DOCKER_HOST": "unix:///nonexistent",
            "LAMBDA_EXECUTOR": "local",
            "AUTH": "true",
            "CLOUDTRAIL_RECORDING": "1",
        }
        python = str(self.emulator / "bin" / "python")
        running = self.processes.start("ministack", [python, str(HERE / "emulator.py")], self.environment() | settings)
        deadline = time.monotonic() + START_TIMEOUT
        while not self.answers():
            expect(running.poll() is None, "MiniStack ended immediately; see ministack.log")
            expect(time.monotonic() < deadline, f"MiniStack does not answer after {START_TIMEOUT:.0f} s")
            time.sleep(0.1)

    def answers(self) -> bool:
        """Returns whether MiniStack is up."""
        try:
            with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=2) as response:
                return response.status == 200
        except OSError:
            return False

    def sam(self, *arguments: str, fails: bool = False, folder: Path | None = None) -> str:
        """Runs SAM CLI in the work folder or another, and returns its output."""
        done = subprocess.run(
            [str(self.sam_program), *arguments],
            cwd=folder or self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        expect((done.returncode != 0) == fails, f"`sam {' '.join(arguments)}` exited {done.returncode}:\n{done.stdout}")
        return done.stdout

    def client(self, service: str) -> Any:
        """Returns a client with the rights of the account's root user."""
        if service not in self.clients:
            self.clients[service] = self.client_as(service, "test", "test", None)
        return self.clients[service]

    def client_as(self, service: str, key: str, secret: str, token: str | None) -> Any:
        """Returns a client with the given credentials."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )


def request(method: str, url: str, body: object = None) -> Any:
    """Makes one JSON call to one of our servers."""
    data = None if body is None else json.dumps(body).encode()
    call = urllib.request.Request(url, data, {"content-type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(call, timeout=10) as response:
            text = response.read()
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{method} {url}: {error.code} {error.read().decode()}") from error
    return json.loads(text) if text else None
