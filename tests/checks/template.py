"""Reads a template as CloudFormation does, for the rules.

PyYAML, a YAML 1.1 reader, reads the YAML, as in SAM CLI and cfn-lint. Short tags (`!Ref`) become their long form, so
that rules need to know only one; the forms that the text used are recorded for the rule that requires a single one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

NO_VALUE = {"Ref": "AWS::NoValue"}
VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")

# An intrinsic function of CloudFormation, not a policy document's `Condition` or a property of the same name.
INTRINSIC = re.compile(r"Ref|Fn::[A-Za-z0-9]+")

Node = Any
Pointer = tuple[str | int, ...]


@dataclass
class Template:
    """A parsed template, with every intrinsic in its long form."""

    text: str
    body: dict[str, Node]
    forms: set[str] = field(default_factory=set)

    @classmethod
    def load(cls, path: Path) -> Template:
        """Reads a YAML or JSON file."""
        return cls.parse(path.read_text(encoding="utf-8"))

    @classmethod
    def parse(cls, text: str) -> Template:
        """Reads YAML or JSON text."""
        loader = _Loader(text)
        try:
            body = loader.get_single_data()
        finally:
            loader.dispose()
        if not isinstance(body, dict):
            raise ValueError("the template must be a mapping")
        template = cls(text, body, loader.forms)
        for _, node in template.walk():
            intrinsic = isinstance(node, dict) and len(node) == 1 and INTRINSIC.fullmatch(str(next(iter(node))))
            if intrinsic and id(node) not in loader.from_tags:
                template.forms.add("long")
        return template

    def section(self, name: str) -> dict[str, Node]:
        """Returns a top-level section, which is empty if the template has none."""
        return self.body.get(name) or {}

    def resources(self, *types: str) -> Iterator[tuple[str, dict[str, Node], dict[str, Node]]]:
        """Yields logical id, resource and properties of each resource, or of those with the given types."""
        for name, resource in self.section("Resources").items():
            if not types or resource.get("Type") in types:
                yield name, resource, resource.get("Properties") or {}

    def walk(self, root: Node = None, at: Pointer = ()) -> Iterator[tuple[Pointer, Node]]:
        """Yields every node below `root` with its path, parents first."""
        node = self.body if root is None else root
        yield at, node
        children: Iterator[tuple[str | int, Node]]
        if isinstance(node, dict):
            children = iter(node.items())
        elif isinstance(node, list):
            children = iter(enumerate(node))
        else:
            return
        for key, child in children:
            if child is not None:
                yield from self.walk(child, (*at, key))

    def kafka_mappings(self) -> Iterator[tuple[Pointer, dict[str, Node]]]:
        """Yields the properties of each self-managed Kafka event source, written as a SAM event or as a resource."""
        for name, _, properties in self.resources("AWS::Serverless::Function"):
            for event, body in (properties.get("Events") or {}).items():
                if body.get("Type") == "SelfManagedKafka":
                    at = ("Resources", name, "Properties", "Events", event, "Properties")
                    yield at, body.get("Properties") or {}
        for name, _, properties in self.resources("AWS::Lambda::EventSourceMapping"):
            if "SelfManagedEventSource" in properties:
                yield ("Resources", name, "Properties"), properties

    def generated_ids(self) -> set[str]:
        """Returns the logical ids that the SAM transform adds, which the template may refer to."""
        ids: set[str] = set()
        for name, _, properties in self.resources("AWS::Serverless::Function"):
            ids.update(f"{name}{event}" for event in properties.get("Events") or {})
            if "Role" not in properties:
                ids.add(f"{name}Role")
        return ids


def branches(node: Node) -> Iterator[Node]:
    """Yields every possible value: each outcome of its `Fn::If`s, except the one that removes it."""
    if isinstance(node, dict) and set(node) == {"Fn::If"}:
        for outcome in node["Fn::If"][1:]:
            yield from branches(outcome)
    elif node != NO_VALUE:
        yield node


def guard(node: Node) -> tuple[str, bool] | None:
    """Returns the condition and its outcome that a property depends on; `None` if it is always present."""
    if isinstance(node, dict) and set(node) == {"Fn::If"}:
        condition, yes, no = node["Fn::If"]
        if no == NO_VALUE:
            return condition, True
        if yes == NO_VALUE:
            return condition, False
    return None


def substituted(node: Node) -> tuple[str, list[str]] | None:
    """Returns the text of a string or `Fn::Sub`, and the names that it contains; `None` for anything else."""
    if isinstance(node, str):
        return node, []
    if isinstance(node, dict) and set(node) == {"Fn::Sub"}:
        argument = node["Fn::Sub"]
        text = argument[0] if isinstance(argument, list) else argument
        if isinstance(text, str):
            return text, VARIABLE.findall(text)
    return None


def pointer(at: Pointer) -> str:
    """Returns the path to a node as a JSON Pointer."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in at)


def canonical(node: Node) -> str:
    """Returns the same text for the same meaning, to compare what two readers made of a template."""
    return json.dumps(node, indent=1, sort_keys=True, default=repr)


class _Loader(yaml.SafeLoader):
    """PyYAML's YAML 1.1 reader with CloudFormation's short tags, which refuses duplicate keys."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.forms: set[str] = set()
        self.from_tags: set[int] = set()

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise ValueError(f"duplicate key: {', '.join(sorted(map(str, twice)))}{node.start_mark}")
        return super().construct_mapping(node, deep=deep)


def _short_tag(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Node]:
    loader.forms.add("tags")
    value: Node
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    made = {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}
    loader.from_tags.add(id(made))
    return made


_Loader.add_multi_constructor("!", _short_tag)
