//! `Metadata` of a resource, for linters and reviewers.

use serde::Serialize;

/// Suppressed rules of linters, each with a reason, and notes for reviewers.
#[derive(Debug, Default, Serialize)]
pub struct Metadata {
    /// What the resource is for, if its type has no description property.
    #[serde(rename = "Description", skip_serializing_if = "Option::is_none")]
    pub description: Option<&'static str>,
    /// For checkov.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkov: Option<Checkov>,
    /// For cdk-nag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cdk_nag: Option<CdkNag>,
    /// Whether `sam build` leaves the function as it is, because it is built already.
    #[serde(rename = "SkipBuild", skip_serializing_if = "Option::is_none")]
    pub skip_build: Option<bool>,
    /// Our notes.
    #[serde(rename = "PortActionRunner", skip_serializing_if = "Option::is_none")]
    pub runner: Option<RunnerNotes>,
}

impl Metadata {
    pub(super) fn is_empty(&self) -> bool {
        let linters = self.checkov.is_some() || self.cdk_nag.is_some();
        !linters && self.description.is_none() && self.skip_build.is_none() && self.runner.is_none()
    }
}

/// `Metadata.checkov`.
#[derive(Debug, Serialize)]
pub struct Checkov {
    /// Checks that do not apply.
    pub skip: Vec<Skip>,
}

/// A check that does not apply.
#[derive(Debug, Serialize)]
pub struct Skip {
    /// `CKV_AWS_…`
    pub id: &'static str,
    /// Why it does not apply.
    pub comment: &'static str,
}

/// `Metadata.cdk_nag`.
#[derive(Debug, Serialize)]
pub struct CdkNag {
    /// Rules that do not apply.
    pub rules_to_suppress: Vec<Suppression>,
}

/// A rule that does not apply.
#[derive(Debug, Serialize)]
pub struct Suppression {
    /// `AwsSolutions-…` or `Serverless-…`
    pub id: &'static str,
    /// Why it does not apply.
    pub reason: &'static str,
}

/// Notes on what the template does not show.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RunnerNotes {
    /// How exact the event filter is.
    pub filter: &'static str,
}
