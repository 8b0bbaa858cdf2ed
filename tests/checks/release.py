#!/usr/bin/env python3
"""Builds and packs a release of synth: `release.py [TARGET ...]`, from the root of the repository, after both functions are in
`target/functions`. Without targets, for all.

`synth` is static, for x86_64 by musl-gcc and for arm64 by zig. For each, `target/dist` gets an archive with the licences, and a
Python wheel, so that `pipx install` brings it; and one file of checksums for all. The same programs give the same packages: times
are those of the last commit.

Standard library only.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import time
import tomllib
import zipfile
from pathlib import Path

import tools

DIST = Path("target/dist")
LICENSES = [Path("LICENSE-APACHE"), Path("LICENSE-MIT")]
# The package is named for what it is; its command is `synth`.
PACKAGE = "port-action-runner"
SUMMARY = "Write a Port self-service action in JSON; get the function that runs it"

# Wheels' names for what a static program runs on.
PLATFORMS = {
    "x86_64-unknown-linux-musl": "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
    "aarch64-unknown-linux-musl": "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
}


def main(targets: list[str]) -> int:
    """Builds, packs, and prints the packages with their sizes."""
    if shutil.which("musl-gcc") is None:
        print("error: no C compiler for musl; run: apt-get install musl-tools", file=sys.stderr)
        return 2
    version = tomllib.loads(Path("Cargo.toml").read_text())["workspace"]["package"]["version"]
    moment = int(subprocess.run(["git", "log", "-1", "--format=%ct"], capture_output=True, check=True).stdout)
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir(parents=True)
    packages = []
    for target in targets or PLATFORMS:
        program = built(target).read_bytes()
        packages += [archive(target, version, program, moment), wheel(target, version, program, moment)]
    packages.append(functions(moment))
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in packages)
    (DIST / "SHA256SUMS").write_text(sums)
    for path in packages:
        print(f"{path.stat().st_size / 1e6:6.1f} MB  {path}")
    return 0


def built(target: str) -> Path:
    """Builds synth, with the functions inside. Returns the program."""
    tools.announce(f"building synth for {target}")
    installed = subprocess.run(["rustc", "--print", "target-libdir", "--target", target], capture_output=True, text=True)
    if installed.returncode != 0 or not Path(installed.stdout.strip()).is_dir():
        raise SystemExit(f"error: this Rust cannot build for {target}; run: rustup target add {target}")
    environment = os.environ | {"FUNCTIONS_DIR": str(Path("target/functions").absolute())}
    build = "build"
    if target != "x86_64-unknown-linux-musl":
        build = "zigbuild"
        try:
            zig = tools.zig(tools.DEFAULT)
        except tools.Missing as missing:
            raise SystemExit(f"error: {missing}") from missing
        environment["PATH"] = f"{(zig / 'bin').absolute()}{os.pathsep}{os.environ['PATH']}"
    command = ["cargo", build, "--quiet", "--release", "--package", "synth", "--target", target]
    if subprocess.run(command, env=environment).returncode != 0:
        raise SystemExit(f"error: synth cannot be built for {target}")
    return Path("target") / target / "release" / "synth"


def archive(target: str, version: str, program: bytes, moment: int) -> Path:
    """Writes a compressed archive of one folder: the program and the licences."""
    folder = f"synth-{version}-{target}"
    files = [(path.name, path.read_bytes(), 0o644) for path in LICENSES]
    return packed(f"{folder}.tar.gz", [(f"{folder}/{name}", *rest) for name, *rest in [*files, ("synth", program, 0o755)]], moment)


def functions(moment: int) -> Path:
    """Writes an archive of the functions, for builds of synth on other systems."""
    names = [f"{architecture}/bootstrap" for architecture in ("arm64", "x86_64")]
    files = [(name, (Path("target/functions") / name).read_bytes(), 0o755) for name in names]
    return packed("functions.tar.gz", files, moment)


def packed(name: str, files: list[tuple[str, bytes, int]], moment: int) -> Path:
    """Writes a compressed archive of files with their modes."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for inside, data, mode in files:
            member = tarfile.TarInfo(inside)
            member.size, member.mode, member.mtime = len(data), mode, moment
            tar.addfile(member, io.BytesIO(data))
    path = DIST / name
    path.write_bytes(gzip.compress(content.getvalue(), mtime=moment))
    return path


def wheel(target: str, version: str, program: bytes, moment: int) -> Path:
    """Writes a wheel whose only content is the program. https://packaging.python.org/specifications/binary-distribution-format"""
    name = PACKAGE.replace("-", "_")
    platform = PLATFORMS[target]
    info = f"{name}-{version}.dist-info"
    tags = "".join(f"Tag: py3-none-{tag}\n" for tag in platform.split("."))
    files = {
        f"{name}-{version}.data/scripts/synth": (program, 0o755),
        f"{info}/METADATA": (
            f"Metadata-Version: 2.4\nName: {PACKAGE}\nVersion: {version}\nSummary: {SUMMARY}\n"
            "License-Expression: MIT OR Apache-2.0\nLicense-File: LICENSE-APACHE\nLicense-File: LICENSE-MIT\n".encode(),
            0o644,
        ),
        f"{info}/WHEEL": (f"Wheel-Version: 1.0\nGenerator: release.py\nRoot-Is-Purelib: false\n{tags}".encode(), 0o644),
        **{f"{info}/licenses/{path.name}": (path.read_bytes(), 0o644) for path in LICENSES},
    }
    record = "".join(f"{path},sha256={digest(data)},{len(data)}\n" for path, (data, _) in files.items())
    files[f"{info}/RECORD"] = (f"{record}{info}/RECORD,,\n".encode(), 0o644)
    path = DIST / f"{name}-{version}-py3-none-{platform}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for inside, (data, mode) in files.items():
            entry = zipfile.ZipInfo(inside, time.gmtime(max(moment, 315_532_800))[:6])
            entry.external_attr, entry.compress_type = (0o100000 | mode) << 16, zipfile.ZIP_DEFLATED
            package.writestr(entry, data)
    return path


def digest(data: bytes) -> str:
    """Returns the digest of a file as a wheel's RECORD writes it."""
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
