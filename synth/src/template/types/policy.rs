//! IAM policy documents and the template's rules.

use serde::Serialize;

use super::entries::Entries;
use super::value::Val;

/// A policy.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyDocument {
    version: &'static str,
    statement: Vec<Val<Statement>>,
}

impl PolicyDocument {
    /// Creates a policy in the current version of the policy language.
    pub fn new(statement: Vec<Val<Statement>>) -> Self {
        Self { version: "2012-10-17", statement }
    }
}

/// One statement.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    /// Name of the statement.
    pub sid: &'static str,
    /// `Allow` or `Deny`.
    pub effect: &'static str,
    /// Who it applies to, in the policy of a resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
    /// Actions.
    pub action: Vec<&'static str>,
    /// Resources; the trust policy of a role has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<Val<String>>,
    /// Condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<StatementCondition>,
}

/// Who a statement applies to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Principal {
    /// A service of AWS.
    Service(&'static str),
    /// `{"AWS": "*"}`, which only a Deny uses here.
    #[serde(rename = "AWS")]
    Aws(&'static str),
}

/// When a statement applies.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum StatementCondition {
    /// The request comes from one of these services.
    StringEquals(Via),
    /// The request is not encrypted.
    Bool(Transport),
}

/// `kms:ViaService`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Via {
    /// Host names of services.
    #[serde(rename = "kms:ViaService")]
    pub services: Vec<Val<String>>,
}

/// `aws:SecureTransport`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Transport {
    /// `"false"`
    #[serde(rename = "aws:SecureTransport")]
    pub secure: &'static str,
}

/// A rule that the parameters must follow.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Assertion {
    assertions: [Entries<&'static str, AssertionPart>; 1],
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum AssertionPart {
    Assert(Val<bool>),
    Description(&'static str),
}

impl Assertion {
    /// Creates a rule: unless `assert` holds, CloudFormation refuses the stack with `description`.
    pub fn new(description: &'static str, assert: Val<bool>) -> Self {
        Self {
            assertions: [Entries(vec![
                ("Assert", AssertionPart::Assert(assert)),
                ("AssertDescription", AssertionPart::Description(description)),
            ])],
        }
    }
}
