//! No literal that ends up at a place named like a secret is deployed, whatever its type, its place and its way there; what
//! only has such a name is.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::workspace::{Workspace, code, text};

/// Returns the places of literal secrets in overrides, as the built command finds them.
fn refused(overrides: &Value) -> BTreeSet<String> {
    let workspace = Workspace::new();
    std::fs::write(workspace.path().join("overrides.json"), overrides.to_string()).unwrap();
    let output = workspace.synth(&["check", "--message-format", "json"]);
    let findings: Vec<Value> =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
    let literal = findings.iter().filter(|finding| finding["code"] == "literal-secret");
    let found: BTreeSet<String> = literal.map(|finding| finding["pointer"].as_str().unwrap().to_owned()).collect();
    assert!(found.is_empty() || code(&output) == 1);
    found
}

/// Returns the numbers of those values, each under its name, that are refused in the function's environment.
fn variables(values: &[(&str, Value)]) -> Vec<usize> {
    let mut resources = Map::new();
    for (at, (name, value)) in values.iter().enumerate() {
        let properties = json!({ "Environment": { "Variables": { *name: value } } });
        resources.insert(format!("+F{at}"), json!({ "Type": "AWS::Lambda::Function", "Properties": properties }));
    }
    let found = refused(&json!({ "Resources": resources }));
    let is_refused = |at: &usize| found.iter().any(|place| place.starts_with(&format!("/Resources/+F{at}/")));
    (0..values.len()).filter(is_refused).collect()
}

fn all_are_refused(values: &[(&str, Value)]) {
    let found = variables(values);
    let missed: Vec<_> = (0..values.len()).filter(|at| !found.contains(at)).map(|at| &values[at]).collect();
    assert!(missed.is_empty(), "accepted: {missed:?}");
}

fn none_is_refused(values: &[(&str, Value)]) {
    let found: Vec<_> = variables(values).into_iter().map(|at| &values[at]).collect();
    assert!(found.is_empty(), "refused: {found:?}");
}

#[test]
fn literals_of_every_type_are_refused() {
    let values =
        [json!("hunter2"), json!(1_234_567_890), json!(1.5), json!(-3), json!(true), json!("1234"), json!("false")];
    let mut cases: Vec<(&str, Value)> = Vec::new();
    for value in values {
        for way in [
            |value: Value| value,
            |value| json!({ "Fn::Join": ["", [value]] }),
            |value| json!({ "Fn::Join": ["", [value, { "Fn::Sub": "" }]] }),
            |value| json!({ "Fn::If": ["HasKmsKey", value, { "Ref": "AWS::NoValue" }] }),
            |value| json!({ "Fn::Base64": value }),
            |value| json!({ "Fn::Select": [0, [value]] }),
            |value| json!({ "Fn::ToJsonString": [value] }),
            |value| json!({ "Fn::ToJsonString": { "Name": value } }),
            |value| json!({ "Fn::Cidr": [value, { "Ref": "AWS::Region" }, { "Ref": "AWS::Region" }] }),
            |value| json!({ "Fn::Length": [value] }),
            |value| json!({ "Fn::ImportValue": value }),
            |value| json!({ "Fn::GetAZs": value }),
            |value| json!({ "Fn::Sub": ["${A}", { "A": value }] }),
            |value| json!({ "Fn::SomethingNew": { "Deep": [value] } }),
        ] {
            cases.push(("DB_PASSWORD", way(value.clone())));
        }
    }
    all_are_refused(&cases);
}

#[test]
fn names_need_no_separators() {
    let names = [
        "SSHKEY",
        "SSHKey",
        "sshKey",
        "DBPASSWORD",
        "DbPassword",
        "APITOKEN",
        "APIToken",
        "DBPASS",
        "DBPass",
        "USERPWD",
        "MYJWT",
        "SENTRYDSN",
        "AUTHKEY",
        "HMACKEY",
        "SIGNINGKEY",
        "DATABASEURL",
        "MONGOURI",
        "CLIENTSECRET",
        "ACCESSKEY",
        "APIKEY",
        "PRIVATEKEY",
        "TOKEN2",
        "PASSWORD_OLD",
    ];
    all_are_refused(&names.map(|name| (name, json!("hunter2"))));
}

/// An ARN or an alias is a reference only if it can be one.
#[test]
fn what_only_begins_like_a_reference_is_refused() {
    let texts = [
        "arn:hunter2",
        "arn:aws:hunter2",
        "arn:aws:x:::hunter2",
        "arn:aws:secretsmanager:eu-west-1:000000000000:hunter2",
        "arn:aws:secretsmanager:eu-west-1:123:secret:a",
        "arn:aws:iam::000000000000:hunter2",
        "arn:aws:ssm:eu-west-1:000000000000:parameter/x hunter2",
        "alias/hunter2",
        "alias/",
        "{{resolve:hunter2}}",
        "{{resolve:ssm:hunter2",
        "{{hunter2}}",
        "{{resolve:ssm:a}}hunter2",
    ];
    let mut cases: Vec<(&str, Value)> = texts.iter().map(|text| ("DB_PASSWORD", json!(text))).collect();
    cases.retain(|(_, value)| value != "alias/");
    cases.push(("SIGNING_KEY", json!("alias/hunter2 and more")));
    all_are_refused(&cases);
    none_is_refused(&[
        ("DB_PASSWORD", json!("arn:aws:secretsmanager:eu-west-1:000000000000:secret:db-AbCdEf")),
        ("DB_PASSWORD", json!("arn:aws-us-gov:ssm:us-gov-west-1:000000000000:parameter/db")),
        (
            "DB_PASSWORD",
            json!({ "Fn::Sub": "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:db" }),
        ),
        (
            "DB_PASSWORD",
            json!({ "Fn::Join": [":", ["arn", { "Ref": "AWS::Partition" }, "ssm", { "Ref": "AWS::Region" }, { "Ref": "AWS::AccountId" }, "parameter/db"]] }),
        ),
        ("DB_PASSWORD", json!("{{resolve:ssm:/db/password:1}}")),
        ("SIGNING_KEY", json!("alias/signing")),
        ("Credentials", json!("arn:aws:iam::000000000000:role/api")),
        ("DB_PASSWORD", json!({ "Fn::ImportValue": { "Fn::Sub": "${AWS::StackName}-secret" } })),
        ("DB_PASSWORD", json!({ "Fn::ImportValue": "network:DbSecretArn" })),
        ("DB_PASSWORD", json!({ "Fn::GetAtt": ["KafkaSecret", "Id"] })),
        ("DB_PASSWORD", json!("")),
    ]);
}

#[test]
fn names_about_secrets_are_accepted() {
    none_is_refused(&[
        ("KeyId", json!("hunter2")),
        ("SECRET_ARN", json!("x")),
        ("SecretName", json!("db")),
        ("TokenEndpoint", json!("https://example.com/token")),
        ("TOKEN_URL", json!("https://example.com/token")),
        ("PasswordPolicy", json!("strict")),
        ("MinimumPasswordLength", json!(14)),
        ("PASSWORD_MIN_LENGTH", json!("14")),
        ("PasswordReusePrevention", json!(24)),
        ("MaxPasswordAge", json!(90)),
        ("TOKEN_TTL", json!("5m")),
        ("TOKEN_TTL_SECONDS", json!(300)),
        ("MAX_TOKENS", json!(4096)),
        ("REQUIRE_PASSWORD", json!("true")),
        ("EnableTokenRevocation", json!(true)),
        ("ManageMasterUserPassword", json!(true)),
        ("GenerateSecret", json!(false)),
        ("HttpTokens", json!("required")),
        ("JWT_ISSUER", json!("https://example.com")),
        ("DB_PASSWORD_FILE", json!("/run/secrets/db")),
        ("SECRET_PROVIDER", json!("vault")),
        ("KeySchema", json!([{ "AttributeName": "id", "KeyType": "HASH" }])),
        ("PublicKey", json!("ssh-rsa AAAA")),
        ("BYPASS", json!("1")),
        ("COMPASS", json!("north")),
        ("KEYBOARD", json!("qwerty1")),
        ("TOKENIZER", json!("bpe1")),
        ("SECRET_CACHE_SIZE", json!(10)),
        ("SSH_KEY", json!("ssh-ed25519 AAAAC3NzaC1lZDI1 me")),
        ("Command", json!(["login", "--password-stdin", "registry1", "--token", "--verbose"])),
    ]);
}

/// Parameters, outputs, metadata, descriptions, scripts, and names in a pair of their own.
#[test]
fn secrets_are_found_in_every_section() {
    let masked = |more: Value| {
        let mut parameter = json!({ "Type": "String", "NoEcho": true, "Description": "d" });
        parameter.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        parameter
    };
    let resource = |kind: &str, properties: Value| json!({ "Type": kind, "Metadata": { "Description": "d" }, "Properties": properties });
    let noted = |metadata: Value| json!({ "Type": "AWS::SQS::Queue", "Metadata": metadata });
    for (pointer, value) in [
        ("/Parameters/+Pin", masked(json!({ "AllowedValues": ["hunter2", "hunter3"] }))),
        ("/Parameters/+Pin", masked(json!({ "AllowedValues": [1234] }))),
        ("/Parameters/+Pin", masked(json!({ "AllowedPattern": "^hunter2$" }))),
        ("/Parameters/+Pin", masked(json!({ "Default": 1234 }))),
        ("/Parameters/+Pin", masked(json!({ "Default": false }))),
        ("/Parameters/+DbPassword", masked(json!({ "Description": "hunter2" }))),
        ("/Parameters/+DbPasswords", json!({ "Type": "CommaDelimitedList", "AllowedValues": ["hunter2"] })),
        ("/Parameters/+DbPassword", json!({ "Type": "Number", "Default": 1234 })),
        ("/Outputs/+DbPassword", json!({ "Description": "d", "Value": "hunter2" })),
        ("/Outputs/+DbPassword", json!({ "Description": "d", "Value": 1234 })),
        ("/Outputs/+DbPassword", json!({ "Description": "hunter2", "Value": { "Ref": "AWS::Region" } })),
        ("/Outputs/+Shown", json!({ "Description": "d", "Value": "hunter2", "Export": { "Name": "db-password" } })),
        ("/Outputs/+Shown", json!({ "Description": "DB_PASSWORD=hunter2", "Value": { "Ref": "AWS::Region" } })),
        ("/Resources/+Q", noted(json!({ "DbPassword": "hunter2" }))),
        ("/Resources/+Q", noted(json!({ "DbPassword": { "value": 1234 } }))),
        ("/Resources/+Q", noted(json!({ "Notes": ["password: hunter2"] }))),
        ("/Resources/+Q", noted(json!({ "Env": [{ "Name": "API_TOKEN", "Value": "hunter2" }] }))),
        (
            "/Resources/+I",
            resource(
                "AWS::EC2::Instance",
                json!({ "UserData": { "Fn::Base64": "#!/bin/sh\nexport DB_PASSWORD=hunter2\n" } }),
            ),
        ),
        (
            "/Resources/+I",
            resource(
                "AWS::EC2::Instance",
                json!({ "UserData": { "Fn::Base64": { "Fn::Sub": "#!/bin/sh\nAPI_TOKEN='hunter2' run ${AWS::Region}" } } }),
            ),
        ),
        (
            "/Resources/+I",
            resource(
                "AWS::EC2::Instance",
                json!({ "UserData": { "Fn::Base64": { "Fn::Join": ["\n", ["a", "password=hunter2"]] } } }),
            ),
        ),
        ("/Resources/+DbPassword", resource("AWS::SSM::Parameter", json!({ "Type": "String", "Value": "hunter2" }))),
        (
            "/Resources/+P",
            resource(
                "AWS::SSM::Parameter",
                json!({ "Name": { "Fn::Sub": "/${AWS::StackName}/db-password" }, "Type": "String", "Value": "hunter2" }),
            ),
        ),
        ("/Resources/+C", resource("Custom::Thing", json!({ "SecretString": "hunter2" }))),
        (
            "/Resources/+B",
            resource(
                "AWS::ElasticBeanstalk::Environment",
                json!({ "OptionSettings": [{ "Namespace": "n", "OptionName": "DB_PASSWORD", "Value": "hunter2" }] }),
            ),
        ),
        (
            "/Resources/+D",
            resource(
                "AWS::CloudFront::Distribution",
                json!({ "OriginCustomHeaders": [{ "HeaderName": "X-Auth-Token", "HeaderValue": "hunter2" }] }),
            ),
        ),
        (
            "/Resources/+S",
            resource(
                "AWS::SecretsManager::Secret",
                json!({ "GenerateSecretString": { "SecretStringTemplate": "{\"password\": 1234}", "GenerateStringKey": "x" } }),
            ),
        ),
        (
            "/Resources/+T",
            resource(
                "AWS::ECS::TaskDefinition",
                json!({ "ContainerDefinitions": [{ "Command": ["run", "--password", "hunter2"] }] }),
            ),
        ),
        (
            "/Resources/+I",
            resource(
                "AWS::EC2::Instance",
                json!({ "UserData": "IyEvYmluL3NoCmV4cG9ydCBEQl9QQVNTV09SRD1odW50ZXIyCg==" }),
            ),
        ),
        ("/Conditions/+IsIt", json!({ "Fn::Equals": [{ "Ref": "KafkaPassword" }, "hunter2"] })),
    ] {
        let (_, section, key) = {
            let mut parts = pointer.splitn(3, '/');
            (parts.next(), parts.next().unwrap(), parts.next().unwrap())
        };
        let found = refused(&json!({ section: { key: value } }));
        assert!(found.iter().any(|place| place.starts_with(pointer)), "{pointer} {value}: {found:?}");
    }
}

#[test]
fn nothing_real_is_refused() {
    let resource = |kind: &str, properties: Value| json!({ "Type": kind, "Metadata": { "Description": "d" }, "Properties": properties });
    let overrides = json!({
        "Parameters": {
            "+DbPassword": { "Type": "String", "NoEcho": true, "Description": "Password of the database, at least 8 characters",
                "AllowedPattern": "^[A-Za-z0-9]{8,}$", "Default": "", "MinLength": 0 },
            "+TokenValidity": { "Type": "Number", "Default": 60, "AllowedValues": [30, 60] },
            "+DbSecret": { "Type": "AWS::SSM::Parameter::Value<String>", "Default": "/db/secret1" },
        },
        "Conditions": {
            "+HasPassword": { "Fn::Not": [{ "Fn::Equals": [{ "Ref": "DbPassword" }, ""] }] },
            "+IsSecret": { "Fn::Equals": [{ "Ref": "AWS::Region" }, "eu-west-1"] },
        },
        "Outputs": {
            "+DbSecret": { "Description": "ARN of the secret with the password", "Value": { "Ref": "KafkaSecret" }, "Export": { "Name": "db-secret" } },
            "+TokenUrl": { "Description": "d", "Value": "https://example.com/token" },
        },
        "Resources": {
            "+Pool": resource("AWS::Cognito::UserPool", json!({ "Policies": { "PasswordPolicy": { "MinimumLength": 14,
                "TemporaryPasswordValidityDays": 7, "PasswordHistorySize": 5, "RequireSymbols": true } } })),
            "+Client": resource("AWS::Cognito::UserPoolClient", json!({ "GenerateSecret": true, "RefreshTokenValidity": 30,
                "TokenValidityUnits": { "AccessToken": "hours", "IdToken": "minutes", "RefreshToken": "days" },
                "EnableTokenRevocation": true })),
            "+Launch": resource("AWS::EC2::LaunchTemplate", json!({ "LaunchTemplateData": { "MetadataOptions": {
                "HttpTokens": "required", "HttpPutResponseHopLimit": 1 }, "KeyName": "ssh-key1",
                "UserData": { "Fn::Base64": { "Fn::Sub": "#!/bin/bash\nTOKEN=$(curl -X PUT http://169.254.169.254/latest)\nexport DB_PASSWORD=\"$(aws secretsmanager get-secret-value --secret-id db1)\"\nPASSWORD=${DbPassword0}\n" } } } })),
            "+Policy": resource("AWS::IAM::ManagedPolicy", json!({ "PolicyDocument": { "Statement": [{ "Effect": "Allow",
                "Action": "secretsmanager:GetSecretValue", "Resource": { "Ref": "KafkaSecret" },
                "Condition": { "StringEquals": { "secretsmanager:ResourceTag/token": "a1" } } }] } })),
            "+Table": resource("AWS::DynamoDB::Table", json!({ "KeySchema": [{ "AttributeName": "token", "KeyType": "HASH" }],
                "AttributeDefinitions": [{ "AttributeName": "token", "AttributeType": "S" }] })),
            "+Build": resource("AWS::CodeBuild::Project", json!({ "Environment": { "ImagePullCredentialsType": "CODEBUILD",
                "RegistryCredential": { "CredentialProvider": "SECRETS_MANAGER", "Credential": "arn:aws:secretsmanager:eu-west-1:000000000000:secret:x" },
                "EnvironmentVariables": [{ "Name": "DB_PASSWORD", "Type": "SECRETS_MANAGER", "Value": "db:password" },
                    { "Name": "API_TOKEN", "Type": "PARAMETER_STORE", "Value": "/api/token1" }] } })),
            "+Db": resource("AWS::RDS::DBInstance", json!({ "ManageMasterUserPassword": true, "MasterUserSecret": { "KmsKeyId": "alias/db" },
                "MasterUserPassword": { "Fn::Sub": "{{resolve:secretsmanager:${KafkaSecret}:SecretString:password}}" } })),
            "+Task": resource("AWS::ECS::TaskDefinition", json!({ "ContainerDefinitions": [{ "Secrets": [
                { "Name": "DB_PASSWORD", "ValueFrom": "/db/password1" }], "RepositoryCredentials": { "CredentialsParameter": "arn:aws:secretsmanager:eu-west-1:000000000000:secret:x" } }] })),
            "+Secret": resource("AWS::SecretsManager::Secret", json!({ "Name": "db-password1", "Description": "d", "GenerateSecretString": {
                "SecretStringTemplate": "{\"username\": \"admin1\"}", "GenerateStringKey": "password", "PasswordLength": 30,
                "ExcludeCharacters": "\"@/\\", "RequireEachIncludedType": true } })),
            "+Rotation": resource("AWS::SecretsManager::RotationSchedule", json!({ "SecretId": { "Ref": "KafkaSecret" },
                "RotationRules": { "AutomaticallyAfterDays": 30 } })),
            "+Code": resource("AWS::Lambda::Function", json!({ "Code": { "ZipFile":
                "import os\ntoken = os.environ['TOKEN1']\npassword = client.get(SecretId='db1')['SecretString']\ncall(token=token, secret=secret1)\n" } })),
            "+Machine": resource("AWS::StepFunctions::StateMachine", json!({ "DefinitionString":
                "{\"States\": {\"A\": {\"Parameters\": {\"ClientToken.$\": \"$.id1\", \"MaxTokens\": 100}}}}" })),
        },
    });
    let found = refused(&overrides);
    assert!(found.is_empty(), "{found:?}");
}
