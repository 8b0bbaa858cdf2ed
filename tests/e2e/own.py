"""A repository of one's own: what `synth init` writes, deployed by its own settings."""

from __future__ import annotations

import json
import subprocess

import parameters
import readback
from cloud import Cloud
from steps import expect, same
from template import Template
from workspace import Workspace

STAGE = "dev"
STACK = f"port-action-runner-{STAGE}"


class OwnRepository:
    """An empty folder that becomes a repository, and its stack."""

    def __init__(self, cloud: Cloud, workspace: Workspace) -> None:
        self.cloud = cloud
        self.workspace = workspace
        self.folder = workspace.folder / "own"

    def create(self) -> None:
        """Runs the commands of the documentation. The function is the one that the first stack has."""
        subprocess.run(["git", "init", "--quiet", str(self.folder)], check=True)
        organization = ["--organization", parameters.ORGANIZATION, "--github", "none"]
        self.synth("init", str(self.folder), "--yes", *organization, cwd=False)
        function = self.workspace.folder / "out" / "runner" / "bootstrap"
        self.synth("build", "--function", str(function))
        self.synth("build", "--check")

    def synth(self, *words: str, cwd: bool = True) -> None:
        """Runs synth in the repository."""
        command = [str(self.workspace.synth), *words]
        where = self.folder if cwd else self.workspace.folder
        done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
        expect(done.returncode == 0, f"`synth {' '.join(words)}` exited {done.returncode}:\n{done.stdout}{done.stderr}")

    def deploy(self, port_url: str) -> readback.Stack:
        """Creates the secrets, writes their ARNs into the stage's parameters, and deploys."""
        secrets = {
            "Kafka": {"username": parameters.USERNAME, "password": parameters.PASSWORD},
            "Port": {"clientId": parameters.CLIENT_ID, "clientSecret": parameters.CLIENT_SECRET},
        }
        path = self.folder / f"params.{STAGE}.yaml"
        text = path.read_text(encoding="utf-8")
        for name, secret in secrets.items():
            made = self.cloud.client("secretsmanager").create_secret(
                Name=f"port-action-runner/{STAGE}/{name.lower()}", SecretString=json.dumps(secret)
            )
            empty = f'{name}SecretArn: ""'
            expect(empty in text, f"{path.name} has no {empty}")
            text = text.replace(empty, f"{name}SecretArn: {made['ARN']}")
        template = Template.load(self.folder / "out" / "template.yaml")
        path.write_text(f"{text}PortApiUrl: {parameters.api_url(template, port_url)}\n", encoding="utf-8")
        self.synth("check")
        printed = self.cloud.sam("deploy", "--config-env", STAGE, folder=self.folder)
        readback.no_secret_in(printed, "the output of sam deploy")
        return readback.Stack(self.cloud, STACK, template, {})

    def delete(self) -> None:
        """Deletes the stack."""
        self.cloud.sam("delete", "--config-env", STAGE, "--no-prompts", folder=self.folder)
        stacks = self.cloud.client("cloudformation").describe_stacks()["Stacks"]
        left = [stack for stack in stacks if stack["StackName"] == STACK and stack["StackStatus"] != "DELETE_COMPLETE"]
        same(left, [], "stacks that are left")
