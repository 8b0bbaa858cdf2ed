"""Checks, after a stack is deleted, that its resources are gone."""

from __future__ import annotations

from botocore.exceptions import ClientError

from readback import Stack
from steps import same


class Leftovers:
    """The resources of a stack, recorded while it exists."""

    def __init__(self, stack: Stack) -> None:
        self.cloud = stack.cloud
        self.calls = {
            "function": ("lambda", "get_function", {"FunctionName": stack.id("AWS::Lambda::Function")}),
            "trigger": ("lambda", "get_event_source_mapping", {"UUID": stack.id("AWS::Lambda::EventSourceMapping")}),
            "role": ("iam", "get_role", {"RoleName": stack.id("AWS::IAM::Role")}),
            "policy": ("iam", "get_policy", {"PolicyArn": stack.id("AWS::IAM::ManagedPolicy")}),
            "stack": ("cloudformation", "describe_stacks", {"StackName": stack.name}),
        }
        for number, arn in enumerate(stack.ids("AWS::SecretsManager::Secret")):
            self.calls[f"secret {number}"] = ("secretsmanager", "describe_secret", {"SecretId": arn})
        self.queue = stack.id("AWS::SQS::Queue")
        self.group = stack.id("AWS::Logs::LogGroup")
        self.alarms = stack.ids("AWS::CloudWatch::Alarm")

    def none(self) -> None:
        """Fails if anything still exists."""
        left = [what for what, (service, call, named) in self.calls.items() if self.answers(service, call, named)]
        queues = self.cloud.client("sqs").list_queues().get("QueueUrls", [])
        left += [url for url in queues if url == self.queue]
        left += self.cloud.client("logs").describe_log_groups(logGroupNamePrefix=self.group)["logGroups"]
        left += self.cloud.client("cloudwatch").describe_alarms(AlarmNames=self.alarms)["MetricAlarms"]
        same(left, [], "left after sam delete")

    def answers(self, service: str, call: str, named: dict[str, str]) -> bool:
        """Returns whether AWS still knows a resource."""
        try:
            getattr(self.cloud.client(service), call)(**named)
        except ClientError:
            return False
        return True
