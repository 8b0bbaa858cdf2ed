//! The function's properties.

use serde::Serialize;

use super::entries::Entries;
use super::event_source::Event;
use super::value::Val;

/// A function.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Function {
    /// What it does.
    pub description: &'static str,
    /// Amazon Linux 2023 without a language.
    pub runtime: &'static str,
    /// The program.
    pub handler: &'static str,
    /// Folder beside the template.
    pub code_uri: &'static str,
    /// What it is built for.
    pub architectures: [&'static str; 1],
    /// Megabytes.
    pub memory_size: u16,
    /// Seconds.
    pub timeout: u16,
    /// Who it is.
    pub role: Val<String>,
    /// Encrypts the environment and the package.
    pub kms_key_arn: Val<String>,
    /// Concurrent invocations kept free.
    pub reserved_concurrent_executions: Val<u32>,
    /// Where and how it logs.
    pub logging_config: LoggingConfig,
    /// Its variables.
    pub environment: Environment,
    /// What starts it.
    pub events: Entries<&'static str, Event>,
}

/// A function's log.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoggingConfig {
    /// JSON lines.
    pub log_format: &'static str,
    /// The group.
    pub log_group: Val<String>,
    /// Ours.
    pub application_log_level: &'static str,
    /// Lambda's.
    pub system_log_level: &'static str,
}

/// A function's environment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Environment {
    /// By name.
    pub variables: Entries<&'static str, Val<String>>,
}
