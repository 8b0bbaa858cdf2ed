//! Blueprints and actions: `/v1/blueprints` and `/v1/actions`, as documents. The function never calls these.

use reqwest::Method;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::client::{Client, Request, path};
use crate::deadline::Deadline;
use crate::failure::Failure;

/// A kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collection {
    /// `/v1/blueprints`
    Blueprints,
    /// `/v1/actions`, in their second version.
    Actions,
}

#[derive(Deserialize)]
struct List {
    #[serde(alias = "blueprints")]
    actions: Vec<Value>,
}

#[derive(Deserialize)]
struct One {
    #[serde(alias = "blueprint")]
    action: Value,
}

impl Collection {
    fn segment(self) -> &'static str {
        match self {
            Self::Blueprints => "blueprints",
            Self::Actions => "actions",
        }
    }
}

impl Client {
    /// All documents of a kind, as Port answers them. One call: Port does not page these.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn documents(&self, of: Collection, deadline: Deadline) -> Result<Vec<Value>, Failure> {
        let query = match of {
            Collection::Blueprints => vec![],
            Collection::Actions => vec![("version", "v2".to_owned())],
        };
        let request = Request { method: Method::GET, path: path(&[of.segment()]), query, body: None };
        self.call::<List>(&request, deadline).await.map(|list| list.actions)
    }

    /// One document; None where Port has none of that identifier.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn document(
        &self,
        of: Collection,
        identifier: &str,
        deadline: Deadline,
    ) -> Result<Option<Value>, Failure> {
        let path = path(&[of.segment(), identifier]);
        let request = Request { method: Method::GET, path, query: vec![], body: None };
        match self.call::<One>(&request, deadline).await {
            Ok(one) => Ok(Some(one.action)),
            Err(Failure::Refused { status: 404, .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Makes a document. A try that broke off may have made it: then Port refuses the next one with 409.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn create_document(&self, of: Collection, body: &Value, deadline: Deadline) -> Result<(), Failure> {
        let request =
            Request { method: Method::POST, path: path(&[of.segment()]), query: vec![], body: Some(body.clone()) };
        self.call::<IgnoredAny>(&request, deadline).await.map(drop)
    }

    /// Puts a document in the place of one that is there.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn replace_document(
        &self,
        of: Collection,
        identifier: &str,
        body: &Value,
        deadline: Deadline,
    ) -> Result<(), Failure> {
        let path = path(&[of.segment(), identifier]);
        let request = Request { method: Method::PUT, path, query: vec![], body: Some(body.clone()) };
        self.call::<IgnoredAny>(&request, deadline).await.map(drop)
    }

    /// Deletes a document. One that is gone already is deleted.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn delete_document(&self, of: Collection, identifier: &str, deadline: Deadline) -> Result<(), Failure> {
        let path = path(&[of.segment(), identifier]);
        let request = Request { method: Method::DELETE, path, query: vec![], body: None };
        match self.call::<IgnoredAny>(&request, deadline).await {
            Ok(_) | Err(Failure::Refused { status: 404, .. }) => Ok(()),
            Err(failure) => Err(failure),
        }
    }
}
