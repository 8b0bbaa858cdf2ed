//! Entities: `/v1/blueprints/{blueprint}/entities`.

use model::Entity;
use reqwest::Method;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::client::{Client, Request, path};
use crate::deadline::Deadline;
use crate::failure::Failure;
use crate::runs::tie;

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is as asked for now.
    Done,
    /// Create: an entity of this identifier is there already (409). Nothing was changed.
    Exists,
    /// Update: there is no such entity (404). Nothing was changed.
    Missing,
}

#[derive(Deserialize)]
struct EntityAnswer {
    entity: Value,
}

impl Client {
    /// Makes an entity and ties it to the run. Never overwrites one: `upsert` is false.
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
        match self.call::<IgnoredAny>(&request, deadline).await {
            Ok(_) => Ok(Written::Done),
            Err(Failure::Refused { status: 409, .. }) => Ok(Written::Exists),
            Err(failure) => Err(failure),
        }
    }

    /// Changes what `entity` sets and leaves the rest; ties it to the run.
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
        match self.call::<IgnoredAny>(&request, deadline).await {
            Ok(_) => Ok(Written::Done),
            Err(Failure::Refused { status: 404, .. }) => Ok(Written::Missing),
            Err(failure) => Err(failure),
        }
    }

    /// Deletes an entity, without those that depend on it. One that is gone already is deleted.
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
        match self.call::<IgnoredAny>(&request, deadline).await {
            Ok(_) | Err(Failure::Refused { status: 404, .. }) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// The entity as Port holds it.
    ///
    /// # Errors
    /// See [`Failure`]; one that is not there is None.
    pub async fn entity(
        &self,
        blueprint: &str,
        identifier: &str,
        deadline: Deadline,
    ) -> Result<Option<Value>, Failure> {
        let request = Request {
            method: Method::GET,
            path: path(&["blueprints", blueprint, "entities", identifier]),
            query: vec![],
            body: None,
        };
        match self.call::<EntityAnswer>(&request, deadline).await {
            Ok(answer) => Ok(Some(answer.entity)),
            Err(Failure::Refused { status: 404, .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

fn body(entity: &Entity) -> Value {
    // An entity is strings and JSON values under string keys: nothing that could fail to become JSON.
    serde_json::to_value(entity).unwrap_or_default()
}
