//! What starts an action.

use schemars::JsonSchema;

use super::{ButtonText, Combinator, Jq, JqQuery, Never, Query, Rule, UserInputs};

/// What starts an action.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum Trigger {
    /// A person's button, for a new entity.
    Create(SelfService),
    /// A person's button on an entity.
    Existing(SelfServiceOnEntity),
    /// Something that happens in Port.
    Automation(Automation),
}

/// A person's button, for a new entity.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SelfService {
    /// A person's button.
    pub r#type: SelfServiceWord,
    /// What the action does to an entity.
    pub operation: CreateAlone,
    /// The blueprint of the entity; in an input file it goes without saying.
    pub blueprint_identifier: Option<String>,
    /// What the form asks.
    pub user_inputs: Option<UserInputs<Query<JqQuery>>>,
    /// On the action's card; `Create`, `Execute` or `Delete` go without saying.
    pub action_card_button_text: Option<ButtonText>,
    /// Below the form; `Execute` goes without saying.
    pub execute_action_button_text: Option<ButtonText>,
}

/// A person's button on an entity.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SelfServiceOnEntity {
    /// A person's button.
    pub r#type: SelfServiceWord,
    /// What the action does to the entity.
    pub operation: OnEntity,
    /// The blueprint of the entity; in an input file it goes without saying.
    pub blueprint_identifier: Option<String>,
    /// What the form asks.
    pub user_inputs: Option<UserInputs<Query<JqQuery>>>,
    /// On the action's card.
    pub action_card_button_text: Option<ButtonText>,
    /// Below the form.
    pub execute_action_button_text: Option<ButtonText>,
    /// Which entities have the action.
    pub condition: Option<SearchCondition>,
}

/// Something that happens in Port.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Automation {
    /// Something that happens in Port.
    pub r#type: AutomationWord,
    /// What happens.
    pub event: Event,
    /// When it counts.
    pub condition: Option<Condition>,
}

/// `self-service`
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum SelfServiceWord {
    /// A person's button.
    SelfService,
}

/// `automation`
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum AutomationWord {
    /// Something that happens in Port.
    Automation,
}

/// `CREATE`
#[derive(JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
pub enum CreateAlone {
    /// Makes an entity that is not there yet.
    Create,
}

/// What is done to an entity that is there.
#[derive(JsonSchema)]
#[schemars(inline)]
pub enum OnEntity {
    /// Changes it.
    #[serde(rename = "DAY-2")]
    DayTwo,
    /// Takes it away.
    #[serde(rename = "DELETE")]
    Delete,
}

/// Which entities have an action.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchCondition {
    /// By search.
    pub r#type: SearchWord,
    /// What must hold.
    pub rules: Vec<Rule<Never>>,
    /// How the rules go together.
    pub combinator: Combinator,
}

/// `SEARCH`
#[derive(JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
pub enum SearchWord {
    /// By search.
    Search,
}

/// When an event counts.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// By jq.
    pub r#type: JqWord,
    /// jq on the event, each yielding true or false: `.diff.after.properties.state == "down"`.
    pub expressions: Vec<Jq>,
    /// How the expressions go together; `and` goes without saying.
    pub combinator: Option<Combinator>,
}

/// `JQ`
#[derive(JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
pub enum JqWord {
    /// By jq.
    Jq,
}

/// What happens in Port.
#[derive(JsonSchema)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Event {
    /// An entity is new.
    EntityCreated {
        /// The entity's blueprint.
        blueprint_identifier: String,
    },
    /// An entity has changed.
    EntityUpdated {
        /// The entity's blueprint.
        blueprint_identifier: String,
    },
    /// An entity is gone.
    EntityDeleted {
        /// The entity's blueprint.
        blueprint_identifier: String,
    },
    /// An entity is new, has changed or is gone.
    AnyEntityChange {
        /// The entity's blueprint.
        blueprint_identifier: String,
    },
    /// A timer has run out.
    TimerPropertyExpired {
        /// The entity's blueprint.
        blueprint_identifier: String,
        /// The key of the timer.
        property_identifier: String,
    },
    /// A run is new.
    RunCreated {
        /// The run's action.
        action_identifier: String,
    },
    /// A run has changed.
    RunUpdated {
        /// The run's action.
        action_identifier: String,
    },
    /// A run is new or has changed.
    AnyRunChange {
        /// The run's action.
        action_identifier: String,
    },
}
