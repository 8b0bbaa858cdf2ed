//! Port's two regions (documentation, "Kafka" and "Port API"). An organisation's data is in one of them.

use serde::Deserialize;

/// A region of Port's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    /// Europe.
    Eu,
    /// The United States.
    Us,
}

impl Region {
    /// All regions.
    pub const ALL: [Self; 2] = [Self::Eu, Self::Us];

    /// Returns the region with a name, as [`Region::as_str`] returns it.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|region| region.as_str() == name)
    }

    /// Returns its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eu => "eu",
            Self::Us => "us",
        }
    }

    /// Returns the base URL of the REST API.
    pub fn api_url(self) -> &'static str {
        match self {
            Self::Eu => "https://api.port.io",
            Self::Us => "https://api.us.port.io",
        }
    }

    /// Returns `host:port` of each public SASL/SCRAM listener of the region's Kafka cluster.
    pub fn brokers(self) -> [&'static str; 3] {
        match self {
            Self::Eu => [
                "b-1-public.publicclusterprod.t9rw6w.c1.kafka.eu-west-1.amazonaws.com:9196",
                "b-2-public.publicclusterprod.t9rw6w.c1.kafka.eu-west-1.amazonaws.com:9196",
                "b-3-public.publicclusterprod.t9rw6w.c1.kafka.eu-west-1.amazonaws.com:9196",
            ],
            Self::Us => [
                "b-1-public.production.5v06xt.c21.kafka.us-east-1.amazonaws.com:9196",
                "b-2-public.production.5v06xt.c21.kafka.us-east-1.amazonaws.com:9196",
                "b-3-public.production.5v06xt.c21.kafka.us-east-1.amazonaws.com:9196",
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_region_has_the_name_that_it_is_parsed_from() {
        assert!(Region::ALL.into_iter().all(|region| Region::parse(region.as_str()) == Some(region)));
        assert_eq!(Region::parse("apac"), None);
    }

    #[test]
    fn each_region_has_three_brokers_of_its_own() {
        for (region, of_aws) in [(Region::Eu, "eu-west-1"), (Region::Us, "us-east-1")] {
            let brokers = region.brokers();
            assert_eq!(BTreeSet::from(brokers).len(), 3);
            let suffix = format!(".kafka.{of_aws}.amazonaws.com:9196");
            assert!(brokers.iter().all(|broker| broker.starts_with("b-") && broker.ends_with(&suffix)), "{region:?}");
        }
    }
}
