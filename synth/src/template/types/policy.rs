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
    /// A policy of the current language.
    pub fn new(statement: Vec<Val<Statement>>) -> Self {
        Self { version: "2012-10-17", statement }
    }
}

/// One statement.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    /// What it is for.
    pub sid: &'static str,
    /// `Allow` or `Deny`.
    pub effect: &'static str,
    /// Who, where the policy is a resource's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
    /// What.
    pub action: Vec<&'static str>,
    /// On what; a role's trust has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<Val<String>>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<StatementCondition>,
}

/// Who.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Principal {
    /// A service of AWS.
    Service(&'static str),
    /// `"*"` by the long way round, which only a Deny has here.
    #[serde(rename = "AWS")]
    Aws(&'static str),
}

/// When.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum StatementCondition {
    /// The request goes through one of these services.
    StringEquals(Via),
    /// The request is not encrypted.
    Bool(Transport),
}

/// `kms:ViaService`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Via {
    /// Hosts of services.
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

/// A rule that the parameters must keep.
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
    /// `assert`, or the stack is refused with `description`.
    pub fn new(description: &'static str, assert: Val<bool>) -> Self {
        Self {
            assertions: [Entries(vec![
                ("Assert", AssertionPart::Assert(assert)),
                ("AssertDescription", AssertionPart::Description(description)),
            ])],
        }
    }
}
