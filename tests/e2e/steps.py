"""Runs the steps of the test in order, with their times, and counts the results."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager


class Stopped(Exception):
    """A step failed that the following ones need."""


class Steps:
    """The list of steps that is printed while the test runs."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0

    @contextmanager
    def step(self, name: str, *, needed: bool = False) -> Iterator[None]:
        """Runs one step. If it fails, the next ones still run, unless they need it."""
        started = time.monotonic()
        try:
            yield
        except Exception as error:  # any error is the result of a failed step
            self.failed += 1
            self.show("FAIL", name, started)
            for line in describe(error).splitlines():
                print(f"      {line}", flush=True)
            if needed:
                raise Stopped from error
        else:
            self.passed += 1
            self.show("ok", name, started)

    def show(self, word: str, name: str, started: float) -> None:
        """Prints one line of the list."""
        print(f"{word:4}  {time.monotonic() - started:5.1f} s  {name}", flush=True)

    def summary(self) -> str:
        """Returns the last line of the output."""
        return f"{self.passed} passed, {self.failed} failed"


def describe(error: Exception) -> str:
    """Describes a failure; for our own expectations, with the place in the code."""
    text = str(error) or type(error).__name__
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{text}\nat {place.name}: {place.line}"


def expect(condition: object, otherwise: str) -> None:
    """Fails the step if the condition is false. (`assert` would be removed by `python -O`.)"""
    if not condition:
        raise AssertionError(otherwise)


def same(found: object, meant: object, what: str) -> None:
    """Fails the step if two values differ, and shows both."""
    expect(found == meant, f"{what}:\n  found    {found!r}\n  expected {meant!r}")
