//! Every way to a permission other than a policy of the principal: limits, defaults, other notations, groups, roles.

use review::template::yaml;
use serde_json::json;

use crate::diff::grants::{BOTH, EQUAL, WIDER, check, verdict};

/// Policies that only limit, and what holds without them.
#[test]
fn limits_grant_nothing() {
    let endpoint =
        |policy: &str| format!("{{Type: AWS::EC2::VPCEndpoint, Properties: {{VpcId: v, ServiceName: s{policy}}}}}");
    let full = endpoint("");
    let all = endpoint(", PolicyDocument: {Statement: [{Effect: Allow, Principal: '*', Action: '*', Resource: '*'}]}");
    let some = endpoint(
        ", PolicyDocument: {Statement: [{Effect: Allow, Principal: '*', Action: 's3:GetObject', Resource: '*'}]}",
    );
    let sometimes = endpoint(
        ", PolicyDocument: !If [C, {Statement: [{Effect: Allow, Principal: '*', Action: 's3:GetObject', Resource: '*'}]}, !Ref 'AWS::NoValue']",
    );
    check(
        "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, a]}\nResources: {X: {Type: AWS::SNS::Topic}, E: PART}",
        &[
            ("the default is written out", &full, &all, EQUAL),
            ("a policy is removed", &some, &full, WIDER),
            ("a policy applies only sometimes", &some, &sometimes, WIDER),
            ("a policy is removed where it applied", &sometimes, &full, WIDER),
        ],
    );
    let with = |resources: &str| format!("Resources: {{X: {{Type: AWS::SNS::Topic}}{resources}}}");
    check(
        "PART",
        &[
            ("an endpoint without a policy", &with(""), &with(&format!(", E: {full}")), EQUAL),
            ("an endpoint with a policy is removed", &with(&format!(", E: {some}")), &with(""), WIDER),
        ],
    );
    let role = |more: &str| {
        with(&format!(
            ", R: {{Type: AWS::IAM::Role, Properties: {{Path: /{more}}}}}, B: {{Type: AWS::IAM::ManagedPolicy, Properties: {{PolicyDocument: {{Statement: [{{Effect: Allow, Action: 's3:*', Resource: '*'}}]}}}}}}"
        ))
    };
    let wider = role(", PermissionsBoundary: !Ref B").replace("'s3:*'", "'*'");
    check(
        "PART",
        &[
            ("a boundary is removed", &role(", PermissionsBoundary: 'arn:a'"), &role(""), WIDER),
            (
                "another boundary",
                &role(", PermissionsBoundary: 'arn:a'"),
                &role(", PermissionsBoundary: 'arn:b'"),
                BOTH,
            ),
            ("a boundary of this template is wider", &role(", PermissionsBoundary: !Ref B"), &wider, WIDER),
        ],
    );
    let control = |kind: &str, targets: &str, effect: &str, action: &str| {
        with(&format!(
            ", O: {{Type: AWS::Organizations::Policy, Properties: {{Name: n, Type: {kind}, TargetIds: [{targets}], Content: {{Statement: [{{Effect: {effect}, Action: '{action}', Resource: '*'}}]}}}}}}"
        ))
    };
    for kind in ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] {
        check(
            "PART",
            &[
                ("a target less", &control(kind, "a, b", "Deny", "s3:*"), &control(kind, "a", "Deny", "s3:*"), WIDER),
                ("a policy that denies is removed", &control(kind, "a", "Deny", "s3:*"), &with(""), WIDER),
                ("a policy that allows is removed", &control(kind, "a", "Allow", "s3:*"), &with(""), WIDER),
                (
                    "a policy allows more",
                    &control(kind, "a", "Allow", "s3:*"),
                    &control(kind, "a", "Allow", "*"),
                    WIDER,
                ),
            ],
        );
    }
}

/// A role takes with it whatever denied or limited it.
#[test]
fn a_role_that_goes_widens_nothing() {
    let role = "R: {Type: AWS::IAM::Role, Properties: {ManagedPolicyArns: ['arn:a'], PermissionsBoundary: 'arn:b', \
                Policies: [{PolicyName: p, PolicyDocument: {Statement: [{Effect: Allow, Action: 's3:*', Resource: '*'}, \
                {Effect: Deny, Action: 's3:Put*', Resource: '*'}]}}]}}";
    let with = format!("Resources: {{T: {{Type: AWS::SNS::Topic}}, {role}}}");
    check("PART", &[("a role", "Resources: {T: {Type: AWS::SNS::Topic}}", &with, WIDER)]);
}

/// What a service documents for a resource without a policy.
#[test]
fn defaults_take_the_place_of_a_policy() {
    let document =
        "{Statement: [{Effect: Allow, Principal: {AWS: '111122223333'}, Action: 'x:Describe*', Resource: '*'}]}";
    for (resource_type, key, want) in [
        ("AWS::KMS::Key", "KeyPolicy", BOTH),
        ("AWS::EFS::FileSystem", "FileSystemPolicy", BOTH),
        ("AWS::ApiGateway::RestApi", "Policy", BOTH),
        ("AWS::SecretsManager::Secret", "None", EQUAL),
    ] {
        let of = |properties: &str| {
            format!("Resources: {{X: {{Type: {resource_type}, Properties: {{Description: d{properties}}}}}}}")
        };
        let with = if want == EQUAL { of("") } else { of(&format!(", {key}: {document}")) };
        check("PART", &[(resource_type, &with, &of(""), want)]);
        assert_eq!(
            verdict(resource_type, &json!({"Resources": {}}), &yaml::read(&of("")).unwrap()),
            EQUAL,
            "{resource_type} is new"
        );
    }
}

/// Permissions in other notations than policy documents.
#[test]
fn other_notations_grant() {
    let of = |resource: &str| format!("Resources: {{T: {{Type: AWS::SNS::Topic}}, X: {resource}}}");
    let bus = |rest: &str| {
        of(&format!("{{Type: AWS::Events::EventBusPolicy, Properties: {{EventBusName: b, StatementId: s, {rest}}}}}"))
    };
    let layer = |rest: &str| {
        of(&format!(
            "{{Type: AWS::Lambda::LayerVersionPermission, Properties: {{LayerVersionArn: l, Action: 'lambda:GetLayerVersion', {rest}}}}}"
        ))
    };
    let share = |rest: &str| {
        of(&format!("{{Type: AWS::RAM::ResourceShare, Properties: {{Name: n, ResourceArns: [r], {rest}}}}}"))
    };
    check(
        "PART",
        &[
            (
                "an event bus",
                &bus(
                    "Statement: {Effect: Allow, Principal: {AWS: '111122223333'}, Action: 'events:PutEvents', Resource: '*'}",
                ),
                &bus("Statement: {Effect: Allow, Principal: '*', Action: 'events:PutEvents', Resource: '*'}"),
                WIDER,
            ),
            (
                "an event bus, as text",
                &bus(
                    "Statement: '{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"111122223333\"},\"Action\":\"events:PutEvents\",\"Resource\":\"*\"}'",
                ),
                &bus("Statement: {Effect: Allow, Principal: '*', Action: 'events:PutEvents', Resource: '*'}"),
                WIDER,
            ),
            (
                "an event bus, the older form",
                &bus("Action: 'events:PutEvents', Principal: '111122223333'"),
                &bus("Action: 'events:PutEvents', Principal: '*'"),
                WIDER,
            ),
            (
                "the condition of an event bus",
                &bus(
                    "Action: 'events:PutEvents', Principal: '*', Condition: {Type: StringEquals, Key: 'aws:PrincipalOrgID', Value: o}",
                ),
                &bus("Action: 'events:PutEvents', Principal: '*'"),
                WIDER,
            ),
            (
                "both forms",
                &bus("Action: 'events:PutEvents', Principal: '111122223333'"),
                &bus(
                    "Statement: {Effect: Allow, Principal: {AWS: 'arn:aws:iam::111122223333:root'}, Action: 'events:PutEvents', Resource: '*'}",
                ),
                EQUAL,
            ),
            ("a layer", &layer("Principal: '111122223333'"), &layer("Principal: '*'"), WIDER),
            (
                "a layer in an organization",
                &layer("Principal: '*', OrganizationId: o"),
                &layer("Principal: '*'"),
                WIDER,
            ),
            (
                "a share",
                &share("Principals: ['111122223333']"),
                &share("Principals: ['111122223333', '444455556666']"),
                WIDER,
            ),
            (
                "a bucket's ACL",
                &of("{Type: AWS::S3::Bucket}"),
                &of("{Type: AWS::S3::Bucket, Properties: {AccessControl: PublicRead}}"),
                WIDER,
            ),
        ],
    );
}

/// Those who are in a group, or are assigned a permission set, have its policies.
#[test]
fn groups_and_permission_sets_grant() {
    let of = |resource: &str| format!("Resources: {{T: {{Type: AWS::SNS::Topic}}, X: {resource}}}");
    let set =
        |rest: &str| of(&format!("{{Type: AWS::SSO::PermissionSet, Properties: {{Name: n, InstanceArn: i{rest}}}}}"));
    let user = |rest: &str| {
        format!(
            "Resources: {{T: {{Type: AWS::SNS::Topic}}, U: {{Type: AWS::IAM::User}}, G: {{Type: AWS::IAM::Group, Properties: {{Policies: [{{PolicyName: p, PolicyDocument: {{Statement: [{{Effect: Allow, Action: 's3:*', Resource: '*'}}]}}}}]}}}}{rest}}}"
        )
    };
    check(
        "PART",
        &[
            ("a permission set's policy", &set(""), &set(", ManagedPolicies: ['arn:a']"), BOTH),
            (
                "a permission set's own statements",
                &set(""),
                &set(
                    ", InlinePolicy: '{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}'",
                ),
                WIDER,
            ),
            (
                "a permission set's boundary",
                &set(", PermissionsBoundary: {ManagedPolicyArn: 'arn:a'}"),
                &set(""),
                WIDER,
            ),
            (
                "an assignment",
                &of("{Type: AWS::SNS::Topic}"),
                &of("{Type: AWS::SSO::Assignment, Properties: {PrincipalId: p, PermissionSetArn: s, TargetId: t}}"),
                WIDER,
            ),
            (
                "a group outside",
                &user(""),
                &user(", A: {Type: AWS::IAM::UserToGroupAddition, Properties: {GroupName: admins, Users: [!Ref U]}}"),
                BOTH,
            ),
            (
                "a group of this template",
                &user(""),
                &user(", A: {Type: AWS::IAM::UserToGroupAddition, Properties: {GroupName: !Ref G, Users: [!Ref U]}}"),
                WIDER,
            ),
        ],
    );
}

/// SAM has its own name for the role of a state machine.
#[test]
fn a_role_of_a_sam_resource_widens() {
    for kind in ["AWS::Serverless::Function", "AWS::Serverless::StateMachine"] {
        let frame = format!("Resources:\n  X: {{Type: {kind}, Properties: {{Role: PART}}}}");
        let (one, other) = ("'arn:aws:iam::111122223333:role/a'", "'arn:aws:iam::111122223333:role/b'");
        check(&frame, &[(kind, one, other, BOTH)]);
    }
}

/// A resource has the permissions of the role that it takes on, whatever the property is called.
#[test]
fn a_role_taken_on_widens() {
    for (resource_type, properties) in [
        ("AWS::ECS::TaskDefinition", "TaskRoleArn: PART"),
        ("AWS::ECS::TaskDefinition", "ExecutionRoleArn: PART"),
        ("AWS::CodeBuild::Project", "ServiceRole: PART"),
        ("AWS::Batch::JobDefinition", "ContainerProperties: {JobRoleArn: PART}"),
        ("AWS::EC2::Instance", "IamInstanceProfile: PART"),
        ("AWS::KinesisFirehose::DeliveryStream", "S3DestinationConfiguration: {RoleARN: PART}"),
        ("AWS::Events::Rule", "Targets: [{Id: a, RoleArn: PART}]"),
        ("AWS::Cognito::IdentityPoolRoleAttachment", "Roles: {authenticated: PART}"),
        ("AWS::EC2::LaunchTemplate", "LaunchTemplateData: {IamInstanceProfile: {Arn: PART}}"),
        ("AWS::StepFunctions::StateMachine", "RoleArn: PART"),
        ("AWS::Lambda::Function", "Role: PART"),
        ("AWS::IAM::InstanceProfile", "Roles: [PART]"),
    ] {
        let role = |action: &str| {
            format!(
                "{{Type: AWS::IAM::Role, Properties: {{Policies: [{{PolicyName: p, PolicyDocument: {{Statement: [{{Effect: Allow, Action: '{action}', Resource: '*'}}]}}}}]}}}}"
            )
        };
        let frame = format!(
            "Resources:\n  A: {}\n  B: {}\n  X: {{Type: {resource_type}, Properties: {{{properties}}}}}",
            role("s3:Get*"),
            role("s3:*")
        );
        check(
            &frame,
            &[
                (properties, "!GetAtt A.Arn", "!GetAtt B.Arn", WIDER),
                (properties, "'arn:aws:iam::111122223333:role/a'", "'arn:aws:iam::111122223333:role/b'", BOTH),
            ],
        );
        let without =
            format!("Resources:\n  A: {}\n  B: {}\n  X: {{Type: {resource_type}}}", role("s3:Get*"), role("s3:*"));
        let with = frame.replace("PART", "!GetAtt A.Arn");
        check("PART", &[(properties, &without, &with, WIDER)]);
    }
}
