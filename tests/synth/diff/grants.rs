//! Nothing widens unseen: values are followed, what is unknown counts as both, and what is equal changes nothing.

use review::template::yaml;
use serde_json::Value;

use crate::diff::cases::compared;

/// Compares two templates each way; returns whether the change widens and whether it narrows.
pub(crate) fn verdict(name: &str, old: &Value, new: &Value) -> (bool, bool) {
    let (there, back) = (compared(old, new), compared(new, old));
    let sides = (there.summary.widened, there.summary.narrowed);
    let words = format!("{name}: {:#?}\n{:#?}", there.permissions, back.permissions);
    assert_eq!(sides, (back.summary.narrowed, back.summary.widened), "{words}");
    sides
}

pub(crate) const WIDER: (bool, bool) = (true, false);
pub(crate) const BOTH: (bool, bool) = (true, true);
pub(crate) const EQUAL: (bool, bool) = (false, false);

/// Checks rows of a name, the old and the new text, and whether that widens and narrows.
pub(crate) fn check(frame: &str, rows: &[(&str, &str, &str, (bool, bool))]) {
    let template =
        |part: &str| yaml::read(&frame.replace("PART", part)).unwrap_or_else(|error| panic!("{part}: {error}"));
    for (name, old, new, want) in rows {
        let (old, new) = (template(old), template(new));
        let found = verdict(name, &old, &new);
        assert_eq!(found, *want, "{name}: {:#?}", compared(&old, &new).permissions);
    }
}

/// A role with one inline statement, whose parts the rows change.
const INLINE: &str = "
Parameters: {P: {Type: String}}
Conditions: {C: !Equals [!Ref P, x], D: !Equals [!Ref P, y]}
Resources:
  R:
    Type: AWS::IAM::Role
    Properties:
      Policies: [{PolicyName: p, PolicyDocument: {Version: '2012-10-17', Statement: PART}}]
";

#[test]
fn equal_statements_change_nothing() {
    let of = |rest: &str| format!("{{Effect: Allow, {rest}}}");
    let pairs = [
        ("case of the action", "Action: 's3:GetObject', Resource: '*'", "Action: 'S3:getobject', Resource: '*'"),
        ("a list of one", "Action: 's3:GetObject', Resource: '*'", "Action: ['s3:GetObject'], Resource: ['*']"),
        (
            "the partition",
            "Action: 'a:B', Resource: 'arn:aws:sns:eu-west-1:1:a'",
            "Action: 'a:B', Resource: !Sub 'arn:${AWS::Partition}:sns:eu-west-1:1:a'",
        ),
        (
            "operators of texts without wildcards",
            "Action: 'a:B', Resource: '*', Condition: {StringEquals: {k: v}}",
            "Action: 'a:B', Resource: '*', Condition: {StringLike: {k: [v]}}",
        ),
        (
            "operators of ARNs",
            "Action: 'a:B', Resource: '*', Condition: {ArnEquals: {k: 'arn:aws:*'}}",
            "Action: 'a:B', Resource: '*', Condition: {ArnLike: {k: 'arn:aws:*'}}",
        ),
        (
            "the case of a condition key",
            "Action: 'a:B', Resource: '*', Condition: {StringEquals: {'aws:SourceArn': v}}",
            "Action: 'a:B', Resource: '*', Condition: {StringEquals: {'aws:sourcearn': v}}",
        ),
        (
            "texts put together",
            "Action: 'a:B', Resource: 'arn:a:b'",
            "Action: 'a:B', Resource: !Join [':', [!Select [1, [x, arn]], !Sub ['${v}', {v: a}], b]]",
        ),
    ];
    for (name, old, new) in pairs {
        check(INLINE, &[(name, &of(old), &of(new), EQUAL)]);
    }
    let frame = "Resources: {R: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {PART}}}}";
    let trust = |who: &str| format!("Statement: [{{Effect: Allow, Principal: {who}, Action: 'sts:AssumeRole'}}]");
    let root = trust("{AWS: 'arn:aws:iam::111122223333:root'}");
    check(
        frame,
        &[
            ("an account", &trust("{AWS: '111122223333'}"), &root, EQUAL),
            ("everyone", &trust("'*'"), &trust("{AWS: '*'}"), EQUAL),
            (
                "this account",
                &trust("{AWS: !Ref AWS::AccountId}"),
                &trust("{AWS: !Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root'}"),
                EQUAL,
            ),
            ("the version without variables", &root, &format!("Version: '2012-10-17', {root}"), EQUAL),
            ("another account", &trust("{AWS: '111122223334'}"), &root, BOTH),
        ],
    );
}

/// In an older version of the policy language, a variable is only text.
#[test]
fn the_version_counts_where_there_are_variables() {
    let frame = "Resources: {P: {Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: {PART}}}}";
    let old = "Statement: [{Effect: Allow, Action: 's3:*', Resource: 'arn:aws:s3:::b/${aws:username}'}]";
    check(frame, &[("a variable", old, &format!("Version: '2012-10-17', {old}"), BOTH)]);
    let old =
        "Statement: [{Effect: Allow, Action: 's3:*', Resource: '*', Condition: {StringLike: {k: '${aws:username}'}}}]";
    check(frame, &[("a variable in a condition", old, &format!("Version: '2012-10-17', {old}"), BOTH)]);
}

/// `Fn::If` in any place of a statement.
#[test]
fn a_branch_widens_wherever_it_is() {
    let of = |rest: &str| format!("[{{Effect: Allow, {rest}}}]");
    for (name, old, new) in [
        (
            "in a text",
            "Action: 's3:*', Resource: 'arn:a'",
            "Action: 's3:*', Resource: !Join ['', ['arn:', !If [C, a, b]]]",
        ),
        (
            "in Fn::Sub",
            "Action: 's3:*', Resource: 'arn:a'",
            "Action: 's3:*', Resource: !Sub ['arn:${v}', {v: !If [C, a, b]}]",
        ),
        (
            "an exception",
            "NotAction: ['iam:*', 's3:*'], Resource: '*'",
            "NotAction: ['iam:*', !If [C, 's3:*', !Ref AWS::NoValue]], Resource: '*'",
        ),
        (
            "a condition",
            "Action: 's3:*', Resource: '*', Condition: {Bool: {k: 'true'}}",
            "Action: 's3:*', Resource: '*', Condition: !If [C, {Bool: {k: 'true'}}, !Ref AWS::NoValue]",
        ),
        (
            "a value of a condition",
            "Action: 's3:*', Resource: '*', Condition: {StringEquals: {k: [a]}}",
            "Action: 's3:*', Resource: '*', Condition: {StringEquals: {k: [a, !If [C, b, c]]}}",
        ),
        ("a resource", "Action: 's3:*', Resource: [a]", "Action: 's3:*', Resource: [a, !If [C, b, !Ref AWS::NoValue]]"),
        ("an action", "Action: 's3:Get*', Resource: '*'", "Action: !If [C, 's3:*', 's3:Get*'], Resource: '*'"),
        (
            "another condition",
            "Action: 's3:*', Resource: [!If [C, a, !If [D, a, b]]]",
            "Action: 's3:*', Resource: [a, b]",
        ),
    ] {
        let found = verdict(
            name,
            &yaml::read(&INLINE.replace("PART", &of(old))).unwrap(),
            &yaml::read(&INLINE.replace("PART", &of(new))).unwrap(),
        );
        assert!(found.0, "{name}");
    }
    let deny = |effect: &str| format!("[{{Effect: {effect}, Action: 's3:*', Resource: '*'}}]");
    check(INLINE, &[("an effect", &deny("Deny"), &deny("!If [C, Allow, Deny]"), WIDER)]);
}

/// What cannot be read may allow or deny.
#[test]
fn what_is_unknown_counts_as_both() {
    let one = "[{Effect: Allow, Action: 's3:Get*', Resource: '*'}]";
    check(
        INLINE,
        &[
            ("statements by reference", one, "!Ref P", BOTH),
            ("a statement by reference", one, "[!Ref P]", BOTH),
            ("an effect by reference", one, "[{Effect: !Ref P, Action: 's3:Get*', Resource: '*'}]", BOTH),
            (
                "an included statement",
                "[]",
                "[{'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: 's3://b/a'}}}]",
                BOTH,
            ),
            ("the same reference", "!Ref P", "!Ref P", EQUAL),
        ],
    );
    check(
        "Parameters: {A: {Type: String}, B: {Type: String}}\nResources: {X: {PART}}",
        &[
            (
                "a document",
                "Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: !Ref A}",
                "Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: !Ref B}",
                BOTH,
            ),
            (
                "a document of a key",
                "Type: AWS::KMS::Key, Properties: {KeyPolicy: !Ref A}",
                "Type: AWS::KMS::Key, Properties: {KeyPolicy: !Ref B}",
                BOTH,
            ),
            (
                "a managed policy",
                "Type: AWS::IAM::User",
                "Type: AWS::IAM::User, Properties: {ManagedPolicyArns: ['arn:aws:iam::aws:policy/AWSDenyAll']}",
                BOTH,
            ),
            (
                "a nested stack",
                "Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: a}",
                "Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: b}",
                BOTH,
            ),
            (
                "a stack set",
                "Type: AWS::CloudFormation::StackSet, Properties: {TemplateBody: a}",
                "Type: AWS::CloudFormation::StackSet, Properties: {TemplateBody: b}",
                BOTH,
            ),
            (
                "a module",
                "Type: A::B::C::MODULE, Properties: {K: a}",
                "Type: A::B::C::MODULE, Properties: {K: b}",
                BOTH,
            ),
            (
                "tags of a nested stack",
                "Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: a}",
                "Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: a, Tags: [{Key: a, Value: b}]}",
                EQUAL,
            ),
            (
                "an API in a file",
                "Type: AWS::ApiGateway::RestApi, Properties: {BodyS3Location: {Bucket: b, Key: a}}",
                "Type: AWS::ApiGateway::RestApi, Properties: {BodyS3Location: {Bucket: b, Key: b}}",
                BOTH,
            ),
        ],
    );
    check(
        "PART\nResources: {X: {Type: AWS::SNS::Topic}}",
        &[
            ("a macro", "Transform: AWS::Serverless-2016-10-31", "Transform: [AWS::Serverless-2016-10-31, Mine]", BOTH),
            ("no macro", "Transform: Mine", "Transform: [Mine]", EQUAL),
        ],
    );
}

/// Each names what was not compared.
#[test]
fn notes_name_what_was_not_compared() {
    for (resource, name) in [
        ("Transform: Mine\nResources: {X: {Type: AWS::SNS::Topic, Properties: {DisplayName: PART}}}", "`Mine`"),
        ("Resources: {X: {Type: A::B::C::MODULE, Properties: {K: PART}}}", "`X`"),
        ("Resources: {X: {Type: AWS::CloudFormation::StackSet, Properties: {TemplateURL: PART}}}", "`X`"),
        ("Resources: {X: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: PART}}}", "`X`"),
        (
            "Resources: {X: {Type: AWS::StepFunctions::StateMachine, Properties: {DefinitionS3Location: {Key: PART}}}}",
            "`X`",
        ),
        ("Resources: {X: {Type: AWS::IAM::User, Properties: {ManagedPolicyArns: ['arn:PART']}}}", "`arn:a`"),
        ("Resources: {X: {Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: !Ref PART}}}", "`X`"),
    ] {
        let side = |part: &str| yaml::read(&resource.replace("PART", part)).unwrap();
        let report = compared(&side("a"), &side("b"));
        assert!(report.notes.iter().any(|note| note.contains(name)), "{resource}: {:?}", report.notes);
        assert!(compared(&side("a"), &side("a")).notes.is_empty(), "{resource}");
    }
}

/// Values behind parameters, mappings and conditions.
#[test]
fn values_are_followed() {
    let resource = "Resources:\n  R: {Type: AWS::IAM::Policy, Properties: {PolicyName: p, Roles: [r], PolicyDocument: \
                    {Statement: {Effect: Allow, Action: 's3:*', Resource: PART}}}}";
    let of = |head: &str, value: &str| format!("{head}\n{}", resource.replace("PART", value));
    let parameter = |default: &str| format!("Parameters: {{P: {{Type: String, Default: {default}}}}}");
    let ref_p = |default: &str| of(&parameter(default), "!Ref P");
    let list =
        |default: &str| of(&format!("Parameters: {{P: {{Type: CommaDelimitedList, Default: '{default}'}}}}"), "!Ref P");
    let mapped = |rows: &str, keys: &str| of(&format!("Mappings: {{M: {rows}}}"), &format!("!FindInMap {keys}"));
    let condition = |head: &str| {
        of(&format!("Parameters: {{E: {{Type: String}}}}\n{head}"), "[a, !If [C, '*', !Ref 'AWS::NoValue']]")
    };
    let by_region = "[M, !Ref 'AWS::Region', arn]";
    check(
        "PART",
        &[
            ("a default", &ref_p("a"), &ref_p("'*'"), WIDER),
            ("a default in a list", &list("a"), &list("a,b"), WIDER),
            ("a new parameter of the same default", &of("", "a"), &ref_p("a"), EQUAL),
            ("a new parameter with a wider default", &of("", "a"), &ref_p("'*'"), WIDER),
            (
                "a parameter in Systems Manager",
                &of("Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /a}}", "!Ref P"),
                &of("Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /b}}", "!Ref P"),
                BOTH,
            ),
            ("a mapping", &mapped("{a: {arn: b}}", "[M, a, arn]"), &mapped("{a: {arn: '*'}}", "[M, a, arn]"), WIDER),
            (
                "a mapping by region",
                &mapped("{eu: {arn: b}, us: {arn: c}}", by_region),
                &mapped("{eu: {arn: '*'}, us: {arn: c}}", by_region),
                WIDER,
            ),
            (
                "a region more",
                &mapped("{eu: {arn: b}}", by_region),
                &mapped("{eu: {arn: b}, us: {arn: '*'}}", by_region),
                EQUAL,
            ),
            (
                "a mapping of another name",
                &mapped("{a: {arn: b}}", "[M, a, arn]"),
                &of("Mappings: {N: {a: {arn: b}}}", "!FindInMap [N, a, arn]"),
                EQUAL,
            ),
            (
                "a condition",
                &condition("Conditions: {C: !Equals [!Ref E, a]}"),
                &condition("Conditions: {C: !Equals [!Ref E, b]}"),
                BOTH,
            ),
            (
                "a condition that is always true",
                &condition("Conditions: {C: !Equals [!Ref E, a]}"),
                &condition("Conditions: {C: !Equals [a, a]}"),
                WIDER,
            ),
            (
                "a condition behind a condition",
                &condition("Conditions: {B: !Equals [!Ref E, a], C: !Not [!Condition B]}"),
                &condition("Conditions: {B: !Equals [!Ref E, b], C: !Not [!Condition B]}"),
                BOTH,
            ),
            (
                "a condition of another name",
                &condition("Conditions: {C: !Equals [!Ref E, a]}"),
                &condition("Conditions: {B: !Equals [a, !Ref E], C: !Equals [!Ref E, a]}"),
                EQUAL,
            ),
        ],
    );
    let renamed = |name: &str| {
        format!(
            "Parameters: {{E: {{Type: String}}}}\nConditions: {{{name}: !Equals [!Ref E, a]}}\n{}",
            resource.replace("PART", &format!("!If [{name}, a, b]"))
        )
    };
    check("PART", &[("a renamed condition", &renamed("C"), &renamed("Production"), EQUAL)]);
}

/// A deployed stack may keep the value of a parameter, so a wider default hides nothing that is new beside it.
#[test]
fn a_default_hides_nothing() {
    let of = |default: &str, more: &str| {
        format!(
            "Parameters: {{P: {{Type: String, Default: {default}}}}}\nResources:\n  R: {{Type: AWS::IAM::Policy, Properties: \
                 {{PolicyName: p, Roles: [r], PolicyDocument: {{Statement: {{Effect: Allow, Action: 's3:*', Resource: [!Ref P{more}]}}}}}}}}"
        )
    };
    check(
        "PART",
        &[
            ("the old default was wider", &of("'*'", ""), &of("a", ", b"), BOTH),
            ("the new default is wider", &of("a", ""), &of("'*'", ", b"), WIDER),
            ("the default stays", &of("b", ""), &of("b", ", b"), WIDER),
        ],
    );
}
