//! The rules of security groups and network ACLs: what they let in from the internet.

use std::ops::RangeInclusive;

use super::traffic::{Traffic, all_traffic, left};
use crate::compare::address::{addresses, everything, is_public};
use crate::compare::value::{Found, Scope, Seen, at, contradict};
use crate::template::guard::{Guards, and};
use crate::template::limit::Budget;
use crate::template::node::Node;
use crate::template::stack::DeployedResource;

/// How a resource type writes a rule.
struct Shape {
    resource_type: &'static str,
    /// The list of rules; empty if the resource is one rule.
    list: &'static str,
    /// The properties with an address range.
    sources: &'static [&'static str],
    /// The properties with the protocol and with the first and the last port; none is every port.
    ports: Option<[&'static str; 3]>,
    /// The property with what the rule belongs to, if it is not the resource itself.
    on: &'static str,
}

/// The rules that admit traffic. Outgoing traffic exposes nothing.
///
/// Sources: the CloudFormation Template Reference of each type.
const SHAPES: [Shape; 10] = [
    Shape {
        resource_type: "AWS::EC2::SecurityGroup",
        list: "/SecurityGroupIngress/*",
        sources: &["/CidrIp", "/CidrIpv6", "/SourcePrefixListId"],
        ports: Some(["/IpProtocol", "/FromPort", "/ToPort"]),
        on: "",
    },
    Shape {
        resource_type: "AWS::EC2::SecurityGroupIngress",
        list: "",
        sources: &["/CidrIp", "/CidrIpv6", "/SourcePrefixListId"],
        ports: Some(["/IpProtocol", "/FromPort", "/ToPort"]),
        on: "/GroupId",
    },
    Shape {
        resource_type: "AWS::EC2::NetworkAclEntry",
        list: "",
        sources: &["/CidrBlock", "/Ipv6CidrBlock"],
        ports: Some(["/Protocol", "/PortRange/From", "/PortRange/To"]),
        on: "/NetworkAclId",
    },
    Shape {
        resource_type: "AWS::RDS::DBSecurityGroup",
        list: "/DBSecurityGroupIngress/*",
        sources: &["/CIDRIP"],
        ports: None,
        on: "",
    },
    Shape {
        resource_type: "AWS::RDS::DBSecurityGroupIngress",
        list: "",
        sources: &["/CIDRIP"],
        ports: None,
        on: "/DBSecurityGroupName",
    },
    Shape {
        resource_type: "AWS::Redshift::ClusterSecurityGroupIngress",
        list: "",
        sources: &["/CIDRIP"],
        ports: None,
        on: "/ClusterSecurityGroupName",
    },
    Shape {
        resource_type: "AWS::GameLift::Fleet",
        list: "/EC2InboundPermissions/*",
        sources: &["/IpRange"],
        ports: Some(["/Protocol", "/FromPort", "/ToPort"]),
        on: "",
    },
    Shape {
        resource_type: "AWS::GameLift::ContainerFleet",
        list: "/InstanceInboundPermissions/*",
        sources: &["/IpRange"],
        ports: Some(["/Protocol", "/FromPort", "/ToPort"]),
        on: "",
    },
    Shape {
        resource_type: "AWS::Lightsail::Instance",
        list: "/Networking/Ports/*",
        sources: &["/Cidrs/*", "/Ipv6Cidrs/*"],
        ports: Some(["/Protocol", "/FromPort", "/ToPort"]),
        on: "",
    },
    Shape {
        resource_type: "AWS::MediaLive::InputSecurityGroup",
        list: "/WhitelistRules/*",
        sources: &["/Cidr"],
        ports: None,
        on: "",
    },
];

/// Traffic that a rule admits from the internet.
#[derive(Clone, Debug)]
pub(super) struct Admitted {
    /// What the rule belongs to: a logical id, or a text for what is outside of the template.
    pub(super) on: String,
    /// A JSON Pointer below the resource.
    pub(super) pointer: String,
    /// A sentence without a full stop.
    pub(super) text: String,
    pub(super) when: Guards,
    pub(super) traffic: Vec<Traffic>,
}

/// Returns what a resource admits from the internet.
pub(super) fn admitted(scope: Scope<'_>, id: &str, resource: &DeployedResource, budget: &Budget) -> Vec<Admitted> {
    let mut found = Vec::new();
    for shape in SHAPES.iter().filter(|shape| shape.resource_type == resource.resource_type) {
        let properties = resource.attributes.get("Properties");
        let on = match shape.on {
            "" => id.to_owned(),
            path => {
                let path: Vec<&str> = path.split('/').skip(1).collect();
                resource.property(&path).map_or_else(|| id.to_owned(), owner)
            }
        };
        for rule in at(scope, properties, &steps(shape.list)) {
            let Seen::Value(node) = &rule.seen else { continue };
            if shape.resource_type == "AWS::EC2::NetworkAclEntry" && !admits(scope, node) {
                continue;
            }
            for source in shape.sources {
                from(scope, shape, &rule, node, source, &on, &mut found);
            }
        }
    }
    let denied = denied(scope, resource, found.first().map(|first| first.on.as_str()), budget);
    for each in &mut found {
        each.traffic = left(&each.traffic, denied.iter(), budget);
    }
    found.retain(|each| !each.traffic.is_empty());
    found
}

/// Splits a path of the tables.
pub(super) fn steps(path: &'static str) -> Vec<&'static str> {
    path.split('/').skip(1).collect()
}

/// Names what a rule belongs to.
fn owner(node: &Node) -> String {
    match node {
        Node::Ref(name) | Node::Attr(name, _) => name.clone(),
        other => other.to_text(),
    }
}

/// Whether an entry of a network ACL lets traffic in.
fn admits(scope: Scope<'_>, entry: &Node) -> bool {
    let may_be = |path: &'static str, word: &str, absent: bool| {
        at(scope, Some(entry), &steps(path)).iter().any(|found| match &found.seen {
            Seen::Absent => absent,
            Seen::Unknown(_) => true,
            Seen::Value(value) => value.to_text().eq_ignore_ascii_case(word),
        })
    };
    may_be("/RuleAction", "allow", false) && may_be("/Egress", "false", true)
}

/// Returns what entries of a network ACL with a lower number deny before this one.
fn denied(scope: Scope<'_>, resource: &DeployedResource, acl: Option<&str>, budget: &Budget) -> Vec<Traffic> {
    let number = |resource: &DeployedResource| resource.property(&["RuleNumber"])?.to_text().parse::<u32>().ok();
    let (Some(acl), Some(own)) = (acl, number(resource)) else { return Vec::new() };
    if resource.resource_type != "AWS::EC2::NetworkAclEntry" {
        return Vec::new();
    }
    let mut denied = Vec::new();
    let entries = scope.own.resources.values().filter(|other| other.resource_type == resource.resource_type);
    for other in entries.take_while(|_| budget.steps(5)) {
        let is = |key: &str, word: &str| other.property(&[key]).is_some_and(|node| node.to_text() == word);
        let same = other.property(&["NetworkAclId"]).map(owner).as_deref() == Some(acl);
        let before = number(other).is_some_and(|number| number < own);
        if !(same && before && is("RuleAction", "deny")) || is("Egress", "true") {
            continue;
        }
        if !budget.steps(100) {
            break;
        }
        let shape = SHAPES.iter().find(|shape| shape.resource_type == other.resource_type);
        let (Some(shape), Some(node)) = (shape, other.attributes.get("Properties")) else { continue };
        for source in shape.sources {
            for range in at(scope, Some(node), &steps(source)) {
                let Seen::Value(Node::Text(text)) = &range.seen else { continue };
                let Some((family, addresses)) = addresses(text) else { continue };
                for (_, traffic, when) in ports(scope, shape, node) {
                    if when.is_empty() && range.when.is_empty() {
                        denied.extend(traffic.iter().map(|each| each.from(family, addresses.clone())));
                    }
                }
            }
        }
    }
    denied
}

/// Adds what a rule admits from one of its sources.
fn from(
    scope: Scope<'_>,
    shape: &Shape,
    rule: &Found,
    node: &Node,
    source: &'static str,
    on: &str,
    found: &mut Vec<Admitted>,
) {
    let is_list = source.ends_with("/*");
    for range in ranges(scope, node, source, is_list) {
        let key = source.trim_end_matches("/*");
        let (families, who) = match &range.seen {
            Seen::Value(Node::Text(text)) => {
                let Some((family, addresses)) = addresses(text).filter(|(family, range)| is_public(*family, range))
                else {
                    continue;
                };
                let all = if addresses == everything(family) { "everyone" } else { "a large part of the internet" };
                (vec![(family, addresses)], format!("{all} (`{text}`)"))
            }
            Seen::Unknown(text) => {
                let families = match source {
                    "/CidrIp" | "/CidrBlock" | "/CIDRIP" => &[4][..],
                    "/CidrIpv6" | "/Ipv6CidrBlock" | "/Ipv6Cidrs/*" => &[6],
                    _ => &[4, 6],
                };
                let what = format!("`{text}`, whose addresses the template does not show");
                (families.iter().map(|family| (*family, everything(*family))).collect(), what)
            }
            // An attribute of the stack's own network.
            _ => continue,
        };
        let mut under = and(&rule.when, &range.when);
        if matches!(&range.seen, Seen::Unknown(_)) {
            under.insert(format!("source {who}"));
        }
        for (words, traffic, when) in ports(scope, shape, node) {
            let when = and(&under, &when);
            if contradict(&when, &when) {
                continue;
            }
            let each = |(family, addresses): &(u8, RangeInclusive<u128>)| -> Vec<Traffic> {
                traffic.iter().map(|each| each.from(*family, addresses.clone())).collect()
            };
            found.push(Admitted {
                on: on.to_owned(),
                pointer: format!("/Properties{}{key}", rule.pointer),
                text: format!("{words} open to {who}"),
                when,
                traffic: families.iter().flat_map(each).collect(),
            });
        }
    }
}

/// Returns the address ranges of a rule; those of a prefix list in the template are its entries.
fn ranges(scope: Scope<'_>, rule: &Node, source: &'static str, is_list: bool) -> Vec<Found> {
    let mut found = Vec::new();
    for range in at(scope, Some(rule), &steps(source)) {
        let list = match &range.seen {
            Seen::Value(Node::Ref(name) | Node::Attr(name, _)) if source.ends_with("PrefixListId") => {
                scope.own.resources.get(name).and_then(|list| list.attributes.get("Properties"))
            }
            Seen::Value(Node::Text(text)) if source.ends_with("PrefixListId") => {
                found.push(Found { seen: Seen::Unknown(text.clone()), ..range });
                continue;
            }
            // Lightsail opens a port to every IPv4 address if a rule does not say otherwise.
            Seen::Absent if is_list && source == "/Cidrs/*" => {
                let everyone = Seen::Value(Node::Text("0.0.0.0/0".to_owned()));
                found.push(Found { seen: everyone, ..range });
                continue;
            }
            _ => None,
        };
        match list {
            Some(list) => {
                let entries = at(scope, Some(list), &["Entries", "*", "Cidr"]).into_iter();
                found.extend(entries.map(|entry| Found { when: and(&entry.when, &range.when), ..entry }));
            }
            None => found.push(range),
        }
    }
    found
}

/// Returns the protocols and ports of a rule: in words and as traffic of any address, with what decides them.
fn ports(scope: Scope<'_>, shape: &Shape, rule: &Node) -> Vec<(String, Vec<Traffic>, Guards)> {
    let Some([protocol, first, last]) = shape.ports else {
        return vec![("it is".to_owned(), all_traffic("-1", 0..=65_535), Guards::new())];
    };
    let read = |path: &'static str| at(scope, Some(rule), &steps(path));
    let mut found = Vec::new();
    for protocol in read(protocol) {
        let (name, unsure) = match &protocol.seen {
            Seen::Value(Node::Text(name)) => (name.to_ascii_lowercase(), None),
            Seen::Absent => ("-1".to_owned(), None),
            Seen::Value(other) => ("-1".to_owned(), Some(other.to_text())),
            Seen::Unknown(text) => ("-1".to_owned(), Some(text.clone())),
        };
        let name = match name.as_str() {
            "all" | "-1" => "-1",
            "6" => "tcp",
            "17" => "udp",
            "1" => "icmp",
            "58" => "icmpv6",
            other => other,
        };
        for first in read(first) {
            for last in read(last) {
                let mut when = and(&and(&protocol.when, &first.when), &last.when);
                when.extend(unsure.iter().map(|text| format!("protocol {text}")));
                let mut number = |found: &Found, absent: u128| match &found.seen {
                    Seen::Value(Node::Text(text)) => text.parse::<u128>().unwrap_or(absent),
                    Seen::Absent => absent,
                    Seen::Value(other) => {
                        when.insert(format!("port {}", other.to_text()));
                        absent
                    }
                    Seen::Unknown(text) => {
                        when.insert(format!("port {text}"));
                        absent
                    }
                };
                let range = match name {
                    "tcp" | "udp" => number(&first, 0)..=number(&last, 65_535),
                    // `FromPort` is the type of ICMP, and -1 is every type; other protocols have no ports.
                    "icmp" | "icmpv6" => match number(&first, u128::MAX) {
                        u128::MAX => 0..=65_535,
                        kind => kind..=kind,
                    },
                    _ => 0..=65_535,
                };
                if !contradict(&when, &when) {
                    found.push((words(name, &range), all_traffic(name, range), when));
                }
            }
        }
    }
    found
}

/// Names a protocol and its ports with a verb.
fn words(protocol: &str, ports: &RangeInclusive<u128>) -> String {
    let all = *ports == (0..=65_535);
    match (protocol, ports) {
        ("-1", _) => "every protocol and port is".to_owned(),
        ("icmp" | "icmpv6", _) => format!("{} is", if protocol == "icmp" { "ICMP" } else { "ICMPv6" }),
        ("tcp" | "udp", _) if all => format!("every {} port is", protocol.to_ascii_uppercase()),
        ("tcp" | "udp", ports) if ports.start() == ports.end() => {
            format!("{} port {} is", protocol.to_ascii_uppercase(), ports.start())
        }
        ("tcp" | "udp", ports) => {
            format!("{} ports {} to {} are", protocol.to_ascii_uppercase(), ports.start(), ports.end())
        }
        (other, _) => format!("protocol {other} is"),
    }
}
