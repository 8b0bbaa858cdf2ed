//! A property's value: a literal or an intrinsic. Intrinsics are written in their long form, which works in JSON and in
//! every tool.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::condition::Cond;
use super::id::{Attr, LogicalId};
use super::parameter::Param;

/// A value of a property.
#[derive(Clone, Debug, PartialEq)]
pub enum Val<T> {
    /// A literal.
    Lit(T),
    /// `Ref` of a parameter.
    Param(Param),
    /// `Ref` of a resource.
    LogicalId(LogicalId),
    /// `Fn::GetAtt`.
    GetAtt(LogicalId, Attr),
    /// `Fn::Sub` of a text with `${…}`.
    Sub(String),
    /// `Fn::If`.
    If(Cond, Box<Val<T>>, Box<Val<T>>),
    /// `Fn::FindInMap` with a parameter as the top-level key.
    Find(Mapped, Param),
    /// `Fn::Equals` of a parameter and a text.
    Equals(Param, &'static str),
    /// `Fn::Equals` of two parameters.
    Same(Param, Param),
    /// `Fn::Equals` of a joined list parameter and an empty text.
    EmptyList(Param),
    /// `Fn::Not`.
    Not(Box<Val<T>>),
    /// `Fn::And`.
    And(Vec<Val<T>>),
    /// `Fn::Or`.
    Or(Vec<Val<T>>),
    /// `Ref: AWS::NoValue`, which leaves the property out.
    NoValue,
}

/// A value of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Mapped {
    /// `PortRegions.*.Brokers`.
    Brokers,
    /// `PortRegions.*.ApiUrl`.
    ApiUrl,
}

impl<T> Val<T> {
    /// Creates an `Fn::If`.
    pub fn when(cond: Cond, yes: Self, no: Self) -> Self {
        Self::If(cond, Box::new(yes), Box::new(no))
    }

    /// Sets the property only under a condition.
    pub fn only(cond: Cond, yes: Self) -> Self {
        Self::when(cond, yes, Self::NoValue)
    }
}

impl<T> From<T> for Val<T> {
    fn from(value: T) -> Self {
        Self::Lit(value)
    }
}

impl From<&str> for Val<String> {
    fn from(value: &str) -> Self {
        Self::Lit(value.to_owned())
    }
}

impl<T: Serialize> Serialize for Val<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Lit(value) => value.serialize(serializer),
            Self::Param(param) => single(serializer, "Ref", param),
            Self::LogicalId(id) => single(serializer, "Ref", id),
            Self::GetAtt(id, attr) => single(serializer, "Fn::GetAtt", &(id, attr)),
            Self::Sub(text) => single(serializer, "Fn::Sub", text),
            Self::If(cond, yes, no) => single(serializer, "Fn::If", &(cond, yes, no)),
            Self::Find(mapped, region) => {
                single(serializer, "Fn::FindInMap", &("PortRegions", Reference(region), mapped))
            }
            Self::Equals(param, text) => single(serializer, "Fn::Equals", &(Reference(param), text)),
            Self::Same(a, b) => single(serializer, "Fn::Equals", &(Reference(a), Reference(b))),
            Self::EmptyList(param) => single(serializer, "Fn::Equals", &(Joined(param), "")),
            Self::Not(value) => single(serializer, "Fn::Not", &[value]),
            Self::And(values) => single(serializer, "Fn::And", values),
            Self::Or(values) => single(serializer, "Fn::Or", values),
            Self::NoValue => single(serializer, "Ref", "AWS::NoValue"),
        }
    }
}

struct Reference<'a>(&'a Param);

impl Serialize for Reference<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        single(serializer, "Ref", self.0)
    }
}

struct Joined<'a>(&'a Param);

impl Serialize for Joined<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        single(serializer, "Fn::Join", &("", Reference(self.0)))
    }
}

fn single<S: Serializer, T: Serialize + ?Sized>(serializer: S, key: &str, value: &T) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(key, value)?;
    map.end()
}

impl Val<Vec<Val<String>>> {
    /// Looks up a list in a mapping.
    pub fn find(mapped: Mapped) -> Self {
        Self::Find(mapped, Param::PortRegion)
    }
}
