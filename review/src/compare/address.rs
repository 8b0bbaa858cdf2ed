//! Blocks of addresses, as texts in CIDR notation.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::RangeInclusive;

/// Returns every address of a family.
pub(in crate::compare) fn everything(family: u8) -> RangeInclusive<u128> {
    if family == 4 { 0..=u128::from(u32::MAX) } else { 0..=u128::MAX }
}

/// Reads a CIDR block; `None` if it is not one.
pub(in crate::compare) fn addresses(text: &str) -> Option<(u8, RangeInclusive<u128>)> {
    let (address, length) = text.trim().split_once('/').unwrap_or((text.trim(), ""));
    let (family, bits, address) = match address.parse::<Ipv4Addr>() {
        Ok(address) => (4, 32, u128::from(u32::from(address))),
        Err(_) => (6, 128, u128::from(address.parse::<Ipv6Addr>().ok()?)),
    };
    let length: u32 = if length.is_empty() { bits } else { length.parse().ok().filter(|length| *length <= bits)? };
    let host = if family == 4 {
        u128::from(u32::MAX.checked_shr(length).unwrap_or(0))
    } else {
        u128::MAX.checked_shr(length).unwrap_or(0)
    };
    Some((family, address & !host..=address | host))
}

/// Whether a text is a CIDR block with a large part of the internet.
pub(in crate::compare) fn is_everyone(text: &str) -> bool {
    addresses(text).is_some_and(|(family, range)| is_public(family, &range))
}

/// Whether a range is a large part of the internet: an IPv4 network of /8 or an IPv6 network of /16, or larger, that is
/// not private by RFC 1918, 4193 or 4291. No organization's own network is as large.
pub(in crate::compare) fn is_public(family: u8, range: &RangeInclusive<u128>) -> bool {
    let size = range.end() - range.start();
    let (large, private): (u128, &[&str]) = match family {
        4 => (0xff_ffff, &["10.0.0.0/8", "127.0.0.0/8"]),
        _ => (u128::MAX >> 16, &["fc00::/7", "fe80::/10", "ff00::/8"]),
    };
    let is_private = |block: &&str| addresses(block).is_some_and(|(_, block)| covers(&block, range));
    size >= large && !private.iter().any(is_private)
}

/// Whether a block is in another one.
pub(in crate::compare) fn is_inside(narrow: &str, wide: &str) -> bool {
    let (Some((family, narrow)), Some((of, wide))) = (addresses(narrow), addresses(wide)) else { return false };
    family == of && covers(&wide, &narrow)
}

fn covers(wide: &RangeInclusive<u128>, narrow: &RangeInclusive<u128>) -> bool {
    wide.start() <= narrow.start() && narrow.end() <= wide.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_part_of_the_internet_is_public() {
        for public in ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "3.0.0.0/8", "2000::/3", " 0.0.0.0/0"] {
            assert!(is_everyone(public), "{public}");
        }
        for private in ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "203.0.113.0/24", "fc00::/7", "pl-1", "x/0"] {
            assert!(!is_everyone(private), "{private}");
        }
    }

    #[test]
    fn a_block_is_in_itself_and_in_larger_ones() {
        for (narrow, wide, inside) in [
            ("10.1.0.0/16", "10.0.0.0/8", true),
            ("10.0.0.0/8", "10.1.0.0/16", false),
            ("10.1.2.3", "10.1.2.3/32", true),
            ("10.1.2.3/8", "10.0.0.0/8", true),
            ("11.0.0.0/16", "10.0.0.0/8", false),
            ("2001:db8:1::/48", "2001:db8::/32", true),
            ("2001:db8::/32", "2001:db8:1::/48", false),
            ("0.0.0.0/0", "::/0", false),
            ("${Block}", "0.0.0.0/0", false),
        ] {
            assert_eq!(is_inside(narrow, wide), inside, "{narrow} {wide}");
        }
    }
}
