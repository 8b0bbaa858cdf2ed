//! Blueprints and actions as documents: `/v1/blueprints` and `/v1/actions`; the organisation that has them. The function never calls these.

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use crate::answer::{Answer, Done, LONGEST_LIST};
use crate::client::{Client, Request, path};
use crate::deadline::Deadline;
use crate::failure::Failure;

/// A kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collection {
    /// `/v1/blueprints`
    Blueprints,
    /// `/v1/actions`, version 2.
    Actions,
}

#[derive(Deserialize)]
struct List {
    #[serde(alias = "blueprints")]
    actions: Vec<Value>,
}

impl Answer for List {
    const LONGEST: usize = LONGEST_LIST;
}

#[derive(Deserialize)]
struct One {
    #[serde(alias = "blueprint")]
    action: Value,
}

impl Answer for One {
    const LONGEST: usize = LONGEST_LIST;
}

impl Collection {
    fn segment(self) -> &'static str {
        match self {
            Self::Blueprints => "blueprints",
            Self::Actions => "actions",
        }
    }
}

#[derive(Deserialize)]
struct Found {
    organization: Organization,
}

impl Answer for Found {
    // Port's API reference does not describe this answer.
    const SAYS_OK: bool = false;
}

#[derive(Deserialize)]
struct Organization {
    name: String,
}

impl Client {
    /// Returns the name of the organisation that the credentials belong to.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn organization(&self, deadline: Deadline) -> Result<String, Failure> {
        let request = Request { method: Method::GET, path: path(&["organization"]), query: vec![], body: None };
        self.call::<Found>(&request, deadline).await.map(|found| found.organization.name)
    }

    /// Returns all documents of a kind, as Port answers them. One call: Port does not page these.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn documents(&self, collection: Collection, deadline: Deadline) -> Result<Vec<Value>, Failure> {
        let query = match collection {
            Collection::Blueprints => vec![],
            Collection::Actions => vec![("version", "v2".to_owned())],
        };
        let request = Request { method: Method::GET, path: path(&[collection.segment()]), query, body: None };
        self.call::<List>(&request, deadline).await.map(|list| list.actions)
    }

    /// Returns one document, or `None` if Port has no document with that identifier.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn document(
        &self,
        collection: Collection,
        identifier: &str,
        deadline: Deadline,
    ) -> Result<Option<Value>, Failure> {
        let path = path(&[collection.segment(), identifier]);
        let request = Request { method: Method::GET, path, query: vec![], body: None };
        match self.call::<One>(&request, deadline).await {
            Ok(one) => Ok(Some(one.action)),
            Err(Failure::Refused { status: 404, .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Creates a document. If an attempt breaks off after Port created it, the next one is refused with 409.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn create_document(
        &self,
        collection: Collection,
        body: &Value,
        deadline: Deadline,
    ) -> Result<(), Failure> {
        let request = Request {
            method: Method::POST,
            path: path(&[collection.segment()]),
            query: vec![],
            body: Some(body.clone()),
        };
        self.call::<Done>(&request, deadline).await.map(drop)
    }

    /// Replaces an existing document.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn replace_document(
        &self,
        collection: Collection,
        identifier: &str,
        body: &Value,
        deadline: Deadline,
    ) -> Result<(), Failure> {
        let path = path(&[collection.segment(), identifier]);
        let request = Request { method: Method::PUT, path, query: vec![], body: Some(body.clone()) };
        self.call::<Done>(&request, deadline).await.map(drop)
    }

    /// Deletes a document. A document that does not exist counts as deleted.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn delete_document(
        &self,
        collection: Collection,
        identifier: &str,
        deadline: Deadline,
    ) -> Result<(), Failure> {
        let path = path(&[collection.segment(), identifier]);
        let request = Request { method: Method::DELETE, path, query: vec![], body: None };
        match self.call::<Done>(&request, deadline).await {
            Ok(_) | Err(Failure::Refused { status: 404, .. }) => Ok(()),
            Err(failure) => Err(failure),
        }
    }
}
