//! Entities: `/v1/blueprints/{blueprint}/entities`.

use model::Entity;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, LONGEST_LIST, OnlyOk};
use crate::client::{Client, Request, path};
use crate::deadline::Deadline;
use crate::failure::Failure;
use crate::held::{EntityAnswer, HeldEntity};
use crate::runs::tie;

/// The result of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The entity is now as requested.
    Done,
    /// Create: an entity with this identifier already exists (409). Nothing was changed.
    Exists,
    /// Update: the entity does not exist (404). Nothing was changed.
    Missing,
}

/// An entity as far as it must be read to know that it is the right one.
#[derive(Deserialize)]
pub(crate) struct Named {
    pub(crate) identifier: String,
}

/// The answer to a write.
#[derive(Deserialize)]
struct WrittenAnswer {
    entity: Named,
}

impl Answer for WrittenAnswer {
    fn is_about(&self, identifier: &str) -> bool {
        self.entity.identifier == identifier
    }
}

#[derive(Deserialize)]
struct SearchAnswer {
    entities: Vec<Value>,
}

impl Answer for SearchAnswer {
    const LONGEST: usize = LONGEST_LIST;

    fn of_outline(self) -> Option<Self> {
        None
    }
}

impl Client {
    /// Creates an entity and links it to the run. Never overwrites an entity: `upsert` is false.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn create_entity(
        &self,
        blueprint: &str,
        entity: &Entity,
        run_id: &str,
        deadline: Deadline,
    ) -> Result<Written, Failure> {
        let request = Request {
            method: Method::POST,
            path: path(&["blueprints", blueprint, "entities"]),
            query: [("upsert", "false".to_owned())].into_iter().chain(tie(run_id)).collect(),
            body: Some(body(entity)),
        };
        match self.call_about::<WrittenAnswer>(&request, &entity.identifier, deadline).await {
            Ok(_) => Ok(Written::Done),
            Err(Failure::Refused { status: 409, .. }) => Ok(Written::Exists),
            Err(failure) => Err(failure),
        }
    }

    /// Changes what `entity` sets, leaves the rest as it is, and links the entity to the run.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn update_entity(
        &self,
        blueprint: &str,
        entity: &Entity,
        run_id: &str,
        deadline: Deadline,
    ) -> Result<Written, Failure> {
        let request = Request {
            method: Method::PATCH,
            path: path(&["blueprints", blueprint, "entities", &entity.identifier]),
            query: tie(run_id).into_iter().collect(),
            body: Some(body(entity)),
        };
        match self.call_about::<WrittenAnswer>(&request, &entity.identifier, deadline).await {
            Ok(_) => Ok(Written::Done),
            Err(Failure::Refused { status: 404, .. }) => Ok(Written::Missing),
            Err(failure) => Err(failure),
        }
    }

    /// Deletes an entity, but not those that depend on it. An entity that does not exist counts as deleted.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn delete_entity(
        &self,
        blueprint: &str,
        identifier: &str,
        run_id: &str,
        deadline: Deadline,
    ) -> Result<(), Failure> {
        let request = Request {
            method: Method::DELETE,
            path: path(&["blueprints", blueprint, "entities", identifier]),
            query: [("delete_dependents", "false".to_owned())].into_iter().chain(tie(run_id)).collect(),
            body: None,
        };
        // What says more is taken for somebody else's. Then the next attempt finds no entity, or deletes it.
        match self.call::<OnlyOk>(&request, deadline).await {
            Ok(_) | Err(Failure::Refused { status: 404, .. }) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// Returns the entity as Port has it.
    ///
    /// # Errors
    /// See [`Failure`]. An entity that does not exist is `None`.
    pub async fn entity(
        &self,
        blueprint: &str,
        identifier: &str,
        deadline: Deadline,
    ) -> Result<Option<HeldEntity>, Failure> {
        let request = Request {
            method: Method::GET,
            path: path(&["blueprints", blueprint, "entities", identifier]),
            query: vec![],
            body: None,
        };
        match self.call_about::<EntityAnswer>(&request, identifier, deadline).await {
            Ok(answer) => Ok(Some(answer.into())),
            Err(Failure::Refused { status: 404, .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Returns entities whose identifier begins with `prefix`, each with its identifier and title only. Returns at most
    /// `limit` of them, from 1 to 1000.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn entities_beginning_with(
        &self,
        blueprint: &str,
        prefix: &str,
        limit: u16,
        deadline: Deadline,
    ) -> Result<Vec<Value>, Failure> {
        let mut search = json!({"include": ["$identifier", "$title"], "limit": limit});
        if !prefix.is_empty() {
            let rule = json!({"property": "$identifier", "operator": "beginsWith", "value": prefix});
            search["query"] = json!({"combinator": "and", "rules": [rule]});
        }
        let request = Request {
            method: Method::POST,
            path: path(&["blueprints", blueprint, "entities", "search"]),
            query: vec![],
            body: Some(search),
        };
        self.call::<SearchAnswer>(&request, deadline).await.map(|answer| answer.entities)
    }
}

fn body(entity: &Entity) -> Value {
    // An entity consists of strings and JSON values under string keys: serialising it cannot fail.
    serde_json::to_value(entity).unwrap_or_default()
}
