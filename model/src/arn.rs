//! Amazon Resource Names, as far as one is taken apart here.

/// Returns the region of a resource, such as that of `arn:aws:secretsmanager:eu-west-1:123456789012:secret:name-AbCdEf`.
/// `None` for a resource that has none.
pub fn region(arn: &str) -> Option<&str> {
    arn.split(':').nth(3).filter(|region| !region.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions() {
        for (arn, want) in [
            ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:name-AbCdEf", Some("eu-west-1")),
            ("arn:aws:iam::123456789012:role/x", None),
            ("name", None),
        ] {
            assert_eq!(region(arn), want, "{arn}");
        }
    }
}
