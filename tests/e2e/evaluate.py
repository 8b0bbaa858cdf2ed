"""Evaluates a part of the template with certain parameters.

A second opinion on what was deployed: MiniStack evaluated the same intrinsics with its own code. References to
resources are known only after the deployment, so they remain as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from template import NO_VALUE, Node, Template


class Evaluation:
    """A template with values for its parameters."""

    def __init__(self, template: Template, given: dict[str, str]) -> None:
        self.conditions = template.section("Conditions")
        self.mappings = template.section("Mappings")
        self.parameters = {
            name: typed(parameter.get("Type"), str(given.get(name, parameter.get("Default", ""))))
            for name, parameter in template.section("Parameters").items()
        }
        self.intrinsics: dict[str, Callable[[Any], Any]] = {
            "Ref": self.ref,
            "Condition": lambda name: self.value(self.conditions[name]),
            "Fn::If": lambda choice: self.value(choice[1] if self.value(self.conditions[choice[0]]) else choice[2]),
            "Fn::Sub": self.sub,
            "Fn::FindInMap": lambda way: self.find(*self.value(way)),
            "Fn::Equals": lambda pair: str(self.value(pair[0])) == str(self.value(pair[1])),
            "Fn::Not": lambda one: not self.value(one[0]),
            "Fn::And": lambda several: all(self.value(one) for one in several),
            "Fn::Or": lambda several: any(self.value(one) for one in several),
            "Fn::Join": lambda pair: pair[0].join(self.value(pair[1])),
            "Fn::Split": lambda pair: self.value(pair[1]).split(pair[0]),
            "Fn::Select": lambda pair: self.value(pair[1])[int(pair[0])],
        }

    def value(self, node: Node) -> Any:
        """Returns the node with every intrinsic evaluated, and without `AWS::NoValue`."""
        if isinstance(node, list):
            return [value for value in map(self.value, node) if value != NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((key, argument),) = node.items()
            # A policy's `Condition` is an object, the intrinsic's argument a name.
            if key in self.intrinsics and not (key == "Condition" and isinstance(argument, dict)):
                return self.intrinsics[key](argument)
        values = {key: self.value(child) for key, child in node.items()}
        return {key: value for key, value in values.items() if value != NO_VALUE}

    def ref(self, name: str) -> Any:
        """Returns a parameter's value; a resource remains a reference."""
        return self.parameters.get(name, {"Ref": name})

    def sub(self, text: Any) -> Any:
        """Returns a text with its parameters substituted."""
        if not isinstance(text, str):
            return {"Fn::Sub": text}
        for name, value in self.parameters.items():
            text = text.replace(f"${{{name}}}", str(value))
        return text

    def find(self, mapping: str, first: str, second: str) -> Any:
        """Returns an entry of a mapping."""
        return self.mappings[mapping][first][second]


def typed(kind: str | None, value: str) -> str | list[str]:
    """Converts a parameter's value to its type."""
    return value.split(",") if kind == "CommaDelimitedList" else value
