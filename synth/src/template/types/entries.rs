//! A map that keeps its order.

use std::fmt;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// Pairs in the order in which they are written.
#[derive(Debug)]
pub struct Entries<K, V>(pub Vec<(K, V)>);

impl<K: fmt::Display, V: Serialize> Serialize for Entries<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(&key.to_string(), value)?;
        }
        map.end()
    }
}
