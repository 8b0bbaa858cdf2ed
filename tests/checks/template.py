"""Reads a template as CloudFormation does, and answers what the rules ask of it.

YAML is read by PyYAML, a YAML 1.1 reader, as SAM CLI and cfn-lint do. Short tags (`!Ref`) become their long form, so
that the rules know one form only; which forms the text used is remembered for the rule that wants a single one.
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

# An intrinsic of CloudFormation's, as opposed to a policy document's `Condition` or a property named like one.
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
        """Reads a file, YAML or JSON."""
        return cls.parse(path.read_text(encoding="utf-8"))

    @classmethod
    def parse(cls, text: str) -> Template:
        """Reads a text, YAML or JSON."""
        loader = _Loader(text)
        try:
            body = loader.get_single_data()
        finally:
            loader.dispose()
        if not isinstance(body, dict):
            raise ValueError("a template is a mapping")
        template = cls(text, body, loader.forms)
        for _, node in template.walk():
            intrinsic = isinstance(node, dict) and len(node) == 1 and INTRINSIC.fullmatch(str(next(iter(node))))
            if intrinsic and id(node) not in loader.from_tags:
                template.forms.add("long")
        return template

    def section(self, name: str) -> dict[str, Node]:
        """A top-level section, empty when the template has none."""
        return self.body.get(name) or {}

    def resources(self, *types: str) -> Iterator[tuple[str, dict[str, Node], dict[str, Node]]]:
        """Logical id, resource and properties of each resource, or of those of the given types."""
        for name, resource in self.section("Resources").items():
            if not types or resource.get("Type") in types:
                yield name, resource, resource.get("Properties") or {}

    def walk(self, root: Node = None, at: Pointer = ()) -> Iterator[tuple[Pointer, Node]]:
        """Every node below `root` with the way to it, parents first."""
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
        """The properties of each self-managed Kafka event source, written as a SAM event or as a resource."""
        for name, _, properties in self.resources("AWS::Serverless::Function"):
            for event, body in (properties.get("Events") or {}).items():
                if body.get("Type") == "SelfManagedKafka":
                    at = ("Resources", name, "Properties", "Events", event, "Properties")
                    yield at, body.get("Properties") or {}
        for name, _, properties in self.resources("AWS::Lambda::EventSourceMapping"):
            if "SelfManagedEventSource" in properties:
                yield ("Resources", name, "Properties"), properties

    def generated_ids(self) -> set[str]:
        """The logical ids that the SAM transform adds, which the template may refer to."""
        ids: set[str] = set()
        for name, _, properties in self.resources("AWS::Serverless::Function"):
            ids.update(f"{name}{event}" for event in properties.get("Events") or {})
            if "Role" not in properties:
                ids.add(f"{name}Role")
        return ids


def branches(node: Node) -> Iterator[Node]:
    """What a value may turn out to be: every outcome of its `Fn::If`s, without the one that removes it."""
    if isinstance(node, dict) and set(node) == {"Fn::If"}:
        for outcome in node["Fn::If"][1:]:
            yield from branches(outcome)
    elif node != NO_VALUE:
        yield node


def guard(node: Node) -> tuple[str, bool] | None:
    """The condition, and the outcome of it, that a property hangs on; `None` for one that is always there."""
    if isinstance(node, dict) and set(node) == {"Fn::If"}:
        condition, yes, no = node["Fn::If"]
        if no == NO_VALUE:
            return condition, True
        if yes == NO_VALUE:
            return condition, False
    return None


def substituted(node: Node) -> tuple[str, list[str]] | None:
    """The text of a string or of an `Fn::Sub`, and the names that are put into it; `None` for anything else."""
    if isinstance(node, str):
        return node, []
    if isinstance(node, dict) and set(node) == {"Fn::Sub"}:
        argument = node["Fn::Sub"]
        text = argument[0] if isinstance(argument, list) else argument
        if isinstance(text, str):
            return text, VARIABLE.findall(text)
    return None


def pointer(at: Pointer) -> str:
    """The way to a node, as a JSON Pointer."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in at)


def canonical(node: Node) -> str:
    """One text for one meaning, to compare what two readers made of a template."""
    return json.dumps(node, indent=1, sort_keys=True, default=repr)


class _Loader(yaml.SafeLoader):
    """PyYAML's YAML 1.1 reader, taught CloudFormation's short tags and to refuse a key written twice."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.forms: set[str] = set()
        self.from_tags: set[int] = set()

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise ValueError(f"key written twice: {', '.join(sorted(map(str, twice)))}{node.start_mark}")
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
