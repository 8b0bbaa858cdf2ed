"""What the execution role may do, tried with the role's own credentials.

MiniStack lets the test assume the role, although only Lambda may; `readback.py` checks the trust policy.
"""

from __future__ import annotations

import json
from typing import Any

from readback import Stack, denied
from steps import expect, same


def may_do_its_work_and_nothing_else(stack: Stack) -> None:
    """What the role needs is allowed; anything similar is refused."""
    own = assumed(stack)
    identity = own("sts").get_caller_identity()["Arn"]
    expect(f":assumed-role/{stack.id('AWS::IAM::Role')}/" in identity, f"not the role: {identity}")

    for arn, content in stack.secrets().items():
        same(json.loads(own("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]), content, arn)
    group = stack.id("AWS::Logs::LogGroup")
    # Simulated only: MiniStack expects this on the group, but AWS, like the policy, on the group's streams.
    stream = f"{stack.log_group_arn()}:log-stream:e2e"
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        same(decided(stack, action, stream), "allowed", action)
        same(decided(stack, action, stream.replace(group, f"{group}-2")), "implicitDeny", f"{action} elsewhere")

    root = stack.cloud.client("secretsmanager")
    other = root.create_secret(Name="somebody-elses", SecretString="{}")["ARN"]
    mine = stack.secret("clientId")
    denied(own("secretsmanager").get_secret_value, SecretId=other)
    denied(own("secretsmanager").list_secrets)
    denied(own("secretsmanager").describe_secret, SecretId=mine)
    denied(own("secretsmanager").put_secret_value, SecretId=mine, SecretString="{}")
    denied(own("logs").create_log_group, logGroupName="somebody-elses")
    denied(own("logs").delete_log_group, logGroupName=group)
    denied(own("s3").list_buckets)
    denied(own("iam").list_roles)
    denied(own("lambda").list_functions)
    root.delete_secret(SecretId=other, ForceDeleteWithoutRecovery=True)


def assumed(stack: Stack) -> Any:
    """Returns a function that creates clients with the role's credentials."""
    session = stack.cloud.client("sts").assume_role(RoleArn=stack.function()["Role"], RoleSessionName="e2e")
    given = session["Credentials"]

    def client(service: str) -> Any:
        return stack.cloud.client_as(service, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    return client


def may_fill_the_queue_over_tls_only(stack: Stack) -> None:
    """The role's policy allows sending. The queue's own policy refuses everyone without TLS, and so this test."""
    same(decided(stack, "sqs:SendMessage", stack.queue_arn()), "allowed", "sqs:SendMessage")
    same(decided(stack, "sqs:ReceiveMessage", stack.queue_arn()), "implicitDeny", "sqs:ReceiveMessage")
    refusal = denied(assumed(stack)("sqs").send_message, QueueUrl=stack.id("AWS::SQS::Queue"), MessageBody="{}")
    expect("explicit deny in a resource-based policy" in refusal, f"refused for another reason: {refusal}")


def decided(stack: Stack, action: str, resource: str) -> str:
    """Returns how IAM would decide for the role."""
    simulation = stack.cloud.client("iam").simulate_principal_policy(
        PolicySourceArn=stack.function()["Role"], ActionNames=[action], ResourceArns=[resource]
    )
    return simulation["EvaluationResults"][0]["EvalDecision"]


def was_used(stack: Stack) -> None:
    """The function read the Port secret with the role, once for all invocations of a warm process."""
    trail = stack.cloud.client("cloudtrail")
    wanted = [{"AttributeKey": "EventName", "AttributeValue": "GetSecretValue"}]
    calls = [json.loads(event["CloudTrailEvent"]) for event in trail.lookup_events(LookupAttributes=wanted)["Events"]]
    # A role's session has a key of this kind; the test's own calls use the key `test`.
    of_roles = [call for call in calls if call["userIdentity"]["accessKeyId"].startswith("ASIA")]
    arns = [call["requestParameters"].get("SecretId") for call in of_roles]
    same(arns, [stack.secret("clientId")], "secrets that the function read")
