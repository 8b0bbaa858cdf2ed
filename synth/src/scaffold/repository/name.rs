//! The answers that a new repository is made of, each checked when it is read.

use std::fmt;
use std::str::FromStr;

/// An answer that is not usable. The message says what is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(&'static str);

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $is:expr, $wrong:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(String);

        impl FromStr for $name {
            type Err = Malformed;

            fn from_str(text: &str) -> Result<Self, Malformed> {
                let is: fn(&str) -> bool = $is;
                if is(text) { Ok(Self(text.to_owned())) } else { Err(Malformed($wrong)) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl $name {
            /// Returns its text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

name!(
    /// Id of an organisation in Port, such as `org_sYG4DOJZNGy8bYnt`; the template's pattern allows 100 characters.
    OrganizationId,
    |text| {
        let id = text.strip_prefix("org_").unwrap_or_default();
        (1..=96).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
    },
    "an organisation's id is `org_` followed by letters and digits, such as org_sYG4DOJZNGy8bYnt; Port shows it under Credentials"
);

name!(
    /// Name of an AWS region, such as `eu-west-1`. AWS adds regions, so only the form is checked.
    AwsRegion,
    |text| {
        let parts: Vec<&str> = text.split('-').collect();
        let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
        match parts.as_slice() {
            [first, middle @ .., last] => {
                (2..=4).contains(&first.len())
                    && !middle.is_empty()
                    && parts.iter().rev().skip(1).all(is_word)
                    && (1..=2).contains(&last.len())
                    && last.bytes().all(|byte| byte.is_ascii_digit())
            }
            _ => false,
        }
    },
    "an AWS region has a name such as eu-west-1 or us-east-1"
);

name!(
    /// A repository on GitHub, `ORG/REPO` (GitHub's rules for names of accounts and repositories).
    GitHubRepository,
    |text| {
        let Some((account, repository)) = text.split_once('/') else { return false };
        let is_account = account.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && (1..=39).contains(&account.len())
            && !account.starts_with('-');
        let is_repository = repository.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
            && (1..=100).contains(&repository.len())
            && ![".", ".."].contains(&repository)
            && repository.strip_suffix(".git").is_none();
        is_account && is_repository
    },
    "a repository on GitHub is written ORG/REPO, as in its address, such as acme/platform-runners"
);

name!(
    /// A stage, such as `dev`. Its name is part of the names of a stack, a GitHub environment and files. The function's role is named
    /// after the stack, in at most 64 characters.
    StageName,
    |text| {
        (1..=LONGEST_STAGE).contains(&text.len())
            && text.starts_with(|letter: char| letter.is_ascii_lowercase())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !text.ends_with('-')
            && !text.contains("--")
            && !RESERVED.contains(&text)
    },
    "a stage has a name of up to 20 lower-case letters, digits and single hyphens, such as dev; it begins with a letter, and `default`, `example`, `local` and `secret` are taken"
);

/// The most characters of a stage's name.
const LONGEST_STAGE: usize = 20;
/// Names that files or the SAM CLI use for something else.
const RESERVED: [&str; 4] = ["default", "example", "local", "secret"];

impl StageName {
    /// Returns the name as a part of a logical id. Two names that differ only in hyphens or case have the same.
    pub(super) fn logical(&self) -> String {
        let part = |part: &str| {
            let mut letters = part.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
        };
        self.0.split('-').map(part).collect()
    }
}

impl GitHubRepository {
    /// Returns the repository that a URL of a git remote leads to, if it is on GitHub.
    pub fn of_remote(url: &str) -> Option<Self> {
        let path = ["https://github.com/", "git@github.com:", "ssh://git@github.com/"];
        let path = path.iter().find_map(|start| url.strip_prefix(start))?;
        path.trim_end_matches('/').trim_end_matches(".git").parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<T: FromStr>(text: &str) -> bool {
        text.parse::<T>().is_ok()
    }

    #[test]
    fn names_have_their_forms() {
        let long = "a".repeat(21);
        for (is, good, bad) in [
            (
                of::<OrganizationId> as fn(&str) -> bool,
                &["org_sYG4DOJZNGy8bYnt", "org_1"][..],
                &["", "org_", "org", "sYG4DOJZNGy8bYnt", "org_a b", "org_a\n", "org_a-b", "ORG_a", " org_a", "org_ä"][..],
            ),
            (
                of::<AwsRegion>,
                &["eu-west-1", "us-east-1", "ap-southeast-3", "us-gov-east-1", "mx-central-1", "eusc-de-east-1"],
                &[
                    "",
                    "eu",
                    "eu-west",
                    "eu-west-",
                    "EU-WEST-1",
                    "eu-west-1a",
                    "eu_west_1",
                    "eu-west-1 ",
                    "eu--1",
                    "europe-west-1",
                ],
            ),
            (
                of::<GitHubRepository>,
                &["acme/runners", "a/b", "acme-inc/platform.runners_2"],
                &[
                    "",
                    "acme",
                    "acme/",
                    "/runners",
                    "a/b/c",
                    "https://github.com/a/b",
                    "a/b.git",
                    "a b/c",
                    "a/..",
                    "-a/b",
                    "a/b*",
                    "*/b",
                ],
            ),
            (
                of::<StageName>,
                &["dev", "prod", "eu-prod", "p2"],
                &[
                    "", "Dev", "dev ", "2dev", "-dev", "dev-", "a--b", "de_v", "default", "example", "local", "../x",
                    &long,
                ],
            ),
        ] {
            assert_eq!(good.iter().find(|text| !is(text)), None);
            assert_eq!(bad.iter().find(|text| is(text)), None);
        }
    }

    #[test]
    fn remotes_on_github_are_recognised() {
        for (url, want) in [
            ("https://github.com/acme/runners", Some("acme/runners")),
            ("https://github.com/acme/runners.git", Some("acme/runners")),
            ("git@github.com:acme/runners.git", Some("acme/runners")),
            ("ssh://git@github.com/acme/runners", Some("acme/runners")),
            ("https://gitlab.com/acme/runners", None),
            ("https://github.com/acme", None),
        ] {
            assert_eq!(GitHubRepository::of_remote(url).map(|found| found.to_string()).as_deref(), want, "{url}");
        }
    }
}
