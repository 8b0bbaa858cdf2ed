//! Amazon Resource Names, as far as they are taken apart here.

/// Returns the region in an ARN such as `arn:aws:secretsmanager:eu-west-1:123456789012:secret:name-AbCdEf`, or `None`
/// if it has none.
pub fn region(arn: &str) -> Option<&str> {
    arn.split(':').nth(3).filter(|region| !region.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_of_an_arn_is_found() {
        for (arn, want) in [
            ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:name-AbCdEf", Some("eu-west-1")),
            ("arn:aws:iam::123456789012:role/x", None),
            ("name", None),
        ] {
            assert_eq!(region(arn), want, "{arn}");
        }
    }
}
