"""Runs the SAM transform in process: offline, with a placeholder for the code that `sam deploy` would upload."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")

import boto3
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

UPLOADED = "s3://deployment-artifacts/runner.zip"

# The transform would ask IAM for the list. Our template uses none of these, but other templates often do.
MANAGED_POLICIES = {
    name: f"arn:aws:iam::aws:policy/service-role/{name}"
    for name in ("AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole")
}


class Refused(Exception):
    """The transform does not accept the template."""


def translate(text: str) -> dict[str, Any]:
    """Returns the CloudFormation template that the SAM transform makes of a SAM template."""
    template = yaml_parse(text)
    for resource in (template.get("Resources") or {}).values():
        properties = resource.get("Properties") or {}
        if resource.get("Type") == "AWS::Serverless::Function" and "CodeUri" in properties:
            properties["CodeUri"] = UPLOADED
    session = boto3.session.Session(region_name=os.environ["AWS_DEFAULT_REGION"])
    try:
        return Translator(MANAGED_POLICIES, Parser(), boto_session=session).translate(template, {})
    except InvalidDocumentException as error:
        raise Refused("\n".join(cause.message for cause in error.causes)) from error
