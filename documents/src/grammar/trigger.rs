//! What starts an action.

use schemars::JsonSchema;

use super::{ButtonText, Combinator, Jq, JqQuery, Never, Query, Rule, UserInputs};

/// What starts an action.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum Trigger {
    /// A button for a new entity.
    Create(SelfService),
    /// A button on an entity.
    Existing(SelfServiceOnEntity),
    /// An event in Port.
    Automation(Automation),
}

/// A button for a new entity.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SelfService {
    /// A button that people press.
    pub r#type: SelfServiceWord,
    /// What the action does to an entity.
    pub operation: CreateAlone,
    /// The blueprint of the entity. Default: the blueprint of the input file.
    pub blueprint_identifier: Option<String>,
    /// The inputs of the form.
    pub user_inputs: Option<UserInputs<Query<JqQuery>>>,
    /// The text of the button on the action's card. Default: `Create`, `Execute` or `Delete`.
    pub action_card_button_text: Option<ButtonText>,
    /// The text of the button below the form. Default: `Execute`.
    pub execute_action_button_text: Option<ButtonText>,
}

/// A button on an entity.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SelfServiceOnEntity {
    /// A button that people press.
    pub r#type: SelfServiceWord,
    /// What the action does to the entity.
    pub operation: OnEntity,
    /// The blueprint of the entity. Default: the blueprint of the input file.
    pub blueprint_identifier: Option<String>,
    /// The inputs of the form.
    pub user_inputs: Option<UserInputs<Query<JqQuery>>>,
    /// The text of the button on the action's card.
    pub action_card_button_text: Option<ButtonText>,
    /// The text of the button below the form.
    pub execute_action_button_text: Option<ButtonText>,
    /// Which entities have the action.
    pub condition: Option<SearchCondition>,
}

/// An event in Port that starts an action.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Automation {
    /// An event in Port.
    pub r#type: AutomationWord,
    /// The event.
    pub event: Event,
    /// A condition on the event.
    pub condition: Option<Condition>,
}

/// `self-service`
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum SelfServiceWord {
    /// A button that people press.
    SelfService,
}

/// `automation`
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum AutomationWord {
    /// An event in Port.
    Automation,
}

/// `CREATE`
#[derive(JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
pub enum CreateAlone {
    /// Creates an entity.
    Create,
}

/// An operation on an existing entity.
#[derive(JsonSchema)]
#[schemars(inline)]
pub enum OnEntity {
    /// Changes it.
    #[serde(rename = "DAY-2")]
    DayTwo,
    /// Deletes it.
    #[serde(rename = "DELETE")]
    Delete,
}

/// Which entities have an action.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchCondition {
    /// A search.
    pub r#type: SearchWord,
    /// The rules.
    pub rules: Vec<Rule<Never>>,
    /// How the rules are combined.
    pub combinator: Combinator,
}

/// `SEARCH`
#[derive(JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
pub enum SearchWord {
    /// A search.
    Search,
}

/// A condition on an event.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// jq.
    pub r#type: JqWord,
    /// jq on the event, each returning true or false: `.diff.after.properties.state == "down"`.
    pub expressions: Vec<Jq>,
    /// How the expressions are combined. Default: `and`.
    pub combinator: Option<Combinator>,
}

/// `JQ`
#[derive(JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
pub enum JqWord {
    /// jq.
    Jq,
}

/// An event in Port.
#[derive(JsonSchema)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Event {
    /// An entity was created.
    EntityCreated {
        /// The entity's blueprint.
        blueprint_identifier: String,
    },
    /// An entity was updated.
    EntityUpdated {
        /// The entity's blueprint.
        blueprint_identifier: String,
    },
    /// An entity was deleted.
    EntityDeleted {
        /// The entity's blueprint.
        blueprint_identifier: String,
    },
    /// An entity was created, updated or deleted.
    AnyEntityChange {
        /// The entity's blueprint.
        blueprint_identifier: String,
    },
    /// A timer has expired.
    TimerPropertyExpired {
        /// The entity's blueprint.
        blueprint_identifier: String,
        /// The key of the timer.
        property_identifier: String,
    },
    /// A run was created.
    RunCreated {
        /// The run's action.
        action_identifier: String,
    },
    /// A run was updated.
    RunUpdated {
        /// The run's action.
        action_identifier: String,
    },
    /// A run was created or updated.
    AnyRunChange {
        /// The run's action.
        action_identifier: String,
    },
}
