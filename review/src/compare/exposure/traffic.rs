//! Traffic: addresses and ports, and what is left of some without others.

use std::ops::RangeInclusive;

use crate::compare::address::everything;
use crate::template::limit::Budget;

/// A rectangle of addresses and ports of one protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Traffic {
    /// 4 or 6.
    family: u8,
    protocol: String,
    addresses: RangeInclusive<u128>,
    ports: RangeInclusive<u128>,
}

/// Protocols that a rule for every protocol is split into, so that rules for some of them can be compared with it.
const PROTOCOLS: [&str; 4] = ["tcp", "udp", "icmp", "icmpv6"];

/// Any protocol that is not in [`PROTOCOLS`].
const OTHERS: &str = "others";

impl Traffic {
    /// Returns the same traffic from other addresses.
    pub(super) fn from(&self, family: u8, addresses: RangeInclusive<u128>) -> Self {
        Self { family, addresses, ..self.clone() }
    }

    /// Whether some traffic is part of both.
    fn meets(&self, other: &Self) -> bool {
        let protocol = other.protocol == self.protocol
            || (other.protocol == OTHERS && !PROTOCOLS.contains(&self.protocol.as_str()));
        protocol
            && self.family == other.family
            && overlap(&self.addresses, &other.addresses)
            && overlap(&self.ports, &other.ports)
    }

    /// Returns what is left of this traffic without some other.
    fn without(&self, other: &Self) -> Vec<Self> {
        if !self.meets(other) {
            return vec![self.clone()];
        }
        let (addresses, ports) = (&self.addresses, &self.ports);
        let mut left = Vec::new();
        for outside in cut(addresses, &other.addresses) {
            left.push(Self { addresses: outside, ..self.clone() });
        }
        let inside = *addresses.start().max(other.addresses.start())..=*addresses.end().min(other.addresses.end());
        for outside in cut(ports, &other.ports) {
            left.push(Self { addresses: inside.clone(), ports: outside, ..self.clone() });
        }
        left
    }
}

fn overlap(one: &RangeInclusive<u128>, other: &RangeInclusive<u128>) -> bool {
    one.start() <= other.end() && other.start() <= one.end()
}

/// Returns the parts of a range that are outside of another one that overlaps it.
fn cut(range: &RangeInclusive<u128>, other: &RangeInclusive<u128>) -> Vec<RangeInclusive<u128>> {
    let mut parts = Vec::new();
    if range.start() < other.start() {
        parts.push(*range.start()..=other.start() - 1);
    }
    if other.end() < range.end() {
        parts.push(other.end() + 1..=*range.end());
    }
    parts
}

/// Returns what is left of some traffic without some other, as long as the budget lasts.
pub(super) fn left<'a>(
    traffic: &[Traffic],
    others: impl Iterator<Item = &'a Traffic>,
    budget: &Budget,
) -> Vec<Traffic> {
    let mut left = traffic.to_vec();
    for other in others {
        if left.is_empty() || !budget.steps(left.len()) {
            break;
        }
        if !left.iter().any(|each| each.meets(other)) {
            continue;
        }
        left = left.iter().flat_map(|each| each.without(other)).collect();
    }
    left
}

/// Returns traffic from every IPv4 address; `-1` is every protocol.
pub(super) fn all_traffic(protocol: &str, ports: RangeInclusive<u128>) -> Vec<Traffic> {
    let each = |protocol: &str| Traffic {
        family: 4,
        protocol: protocol.to_owned(),
        addresses: everything(4),
        ports: ports.clone(),
    };
    if protocol == "-1" {
        PROTOCOLS.iter().chain(&[OTHERS]).map(|name| each(name)).collect()
    } else {
        vec![each(protocol)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::address::addresses;

    #[test]
    fn halves_make_a_whole() {
        let of = |text: &str, ports: RangeInclusive<u128>| {
            let (family, addresses) = addresses(text).unwrap();
            Traffic { family, protocol: "tcp".to_owned(), addresses, ports }
        };
        let whole = [of("0.0.0.0/0", 0..=65_535)];
        let halves = [of("0.0.0.0/1", 0..=65_535), of("128.0.0.0/1", 0..=79), of("128.0.0.0/1", 80..=65_535)];
        let budget = Budget::of_steps(100);
        assert_eq!(left(&whole, halves.iter(), &budget), []);
        assert_eq!(left(&halves, whole.iter(), &budget), []);
        assert_eq!(left(&whole, halves.iter().take(2), &budget), [of("128.0.0.0/1", 80..=65_535)]);
    }
}
