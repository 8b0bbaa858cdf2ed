//! What is on the topic, and what the oracle should expect.
//!
//! Everything that concerns one entity is in one partition, so the result is determined no matter how the partitions
//! overtake each other.

use local::Random;
use local::mapping::{Partition, Topic};
use local::oracle::{End, EntityId, Expected};
use serde_json::{Map, Value, json};

use crate::deployment::CLIENT_SECRET;
use crate::generations::{self, VmAction};
use crate::noise;

/// Part of every text that a person typed. It must never be printed.
pub(crate) const TYPED: &str = "hushhush";
/// The same in digits: every number that a person typed starts with it.
pub(crate) const TYPED_NUMBER: u64 = 271_828_182;

/// The client secret until it is rotated, which happens once the first processes are warm.
pub(crate) const FORMER_SECRET: &str = "the-former-client-secret-never-log-me-012345";

/// The name of the topic.
const TOPIC: &str = "org.runs";
/// The number of partitions.
pub(crate) const PARTITIONS: usize = 6;
/// How many entities of a partition are worked on at a time.
const WINDOW: usize = 10;

/// The blueprint of every entity.
pub(crate) const BLUEPRINT: &str = "vm";

/// What is never printed, besides every number that a person typed.
const PRIVATE: [&str; 9] = [
    TYPED,
    CLIENT_SECRET,
    FORMER_SECRET,
    "local-secret-access-key-never-log-me",
    "local-session-token-never-log-me",
    "token-",
    "bearer",
    "@test.com",
    "638879fa62c686d381b36ecb",
];

/// A run that is in progress in Port.
pub(crate) struct WaitingRun {
    pub(crate) id: String,
    pub(crate) action: &'static str,
    pub(crate) entity: Option<String>,
}

#[derive(Default)]
pub(crate) struct Scenario {
    pub(crate) topic: Topic,
    /// The runs that Port has before the first message.
    pub(crate) waiting: Vec<WaitingRun>,
    /// The entities that Port has before the first message.
    pub(crate) held_before: Vec<Value>,
    /// The expected result.
    pub(crate) expected: Expected,
}

impl Scenario {
    /// Creates a topic with this many runs of ours.
    pub(crate) fn new(runs: usize, random: &mut Random) -> Self {
        let mut scenario = Self::default();
        TOPIC.clone_into(&mut scenario.topic.name);
        for text in PRIVATE {
            scenario.expected.keep_private(text);
        }
        scenario.expected.keep_private(&TYPED_NUMBER.to_string());
        for partition in 0..PARTITIONS {
            let share = (runs + partition) / PARTITIONS;
            scenario.partition(partition, share, random);
        }
        scenario
    }

    fn partition(&mut self, partition: usize, share: usize, random: &mut Random) {
        let mut records = Partition::new();
        let mut names = 0;
        let mut fresh = |scenario: &mut Self, random: &mut Random| {
            names += 1;
            let name = Name { partition, number: names };
            if random.percent(15) {
                // Created by hand, before the first message.
                let entity = entity(&name.identifier(), &name.title(), &inputs(random));
                scenario.held_before.push(entity.clone());
                scenario.expected.hold(BLUEPRINT, entity);
            }
            name
        };
        let mut window: Vec<Name> = (0..WINDOW).map(|_| fresh(self, random)).collect();
        let mut run = 0;
        while run < share {
            if random.percent(25) {
                let (value, id) = noise::record(partition, records.len(), random);
                records.push(value);
                if let Some(id) = id {
                    self.expected.run(&id, End::Untouched);
                    self.waiting.push(WaitingRun { id, action: noise::ACTION, entity: None });
                }
                continue;
            }
            let slot = random.below(WINDOW);
            let id = format!("r_Ours{partition}x{run}");
            let message = self.act(&id, &window[slot], random);
            let twice = random.percent(2);
            records.extend(std::iter::repeat_n(Some(message), if twice { 2 } else { 1 }));
            run += 1;
            if random.percent(13) {
                window[slot] = fresh(self, random);
            }
        }
        self.topic.partitions.push(records);
    }

    /// Adds one run, and what must become of it.
    fn act(&mut self, id: &str, name: &Name, random: &mut Random) -> Vec<u8> {
        let target = name.identifier();
        let inputs = inputs(random);
        match random.below(100) {
            0..=34 => {
                let end = self.expected.create(BLUEPRINT, entity(&target, &name.title(), &inputs));
                let titled = with_title(inputs, &name.title());
                self.publish(id, VmAction::Create, None, end, &titled, random)
            }
            35..=51 => {
                // Named after its run.
                let end = self.expected.create(BLUEPRINT, entity(&id.to_lowercase(), id, &inputs));
                self.publish(id, VmAction::Create, None, end, &inputs, random)
            }
            52..=56 => {
                // A run of a workflow's node, on an entity of its own: Port does not link the two.
                let id = id.replace("r_", "wfnr_");
                let end = self.expected.create(BLUEPRINT, entity(&id.to_lowercase(), &id, &inputs));
                self.publish(&id, VmAction::Create, None, end, &inputs, random)
            }
            57..=78 => {
                let changes = changes(random);
                let end = self.expected.update(&EntityId::new(BLUEPRINT, &target), changes.clone());
                self.publish(id, VmAction::Resize, Some(target), end, &changes, random)
            }
            79..=90 => {
                let end = self.expected.delete(&EntityId::new(BLUEPRINT, &target));
                self.publish(id, VmAction::Delete, Some(target), end, &Map::new(), random)
            }
            91..=93 => {
                // Port refuses the type, or finds another entity.
                let mut inputs = with_title(inputs, &name.title());
                inputs.insert("cpu".to_owned(), format!("{TYPED} two").into());
                self.publish(id, VmAction::Create, None, End::Failure, &inputs, random)
            }
            94..=95 => self.publish(id, VmAction::Resize, None, End::Failure, &changes(random), random),
            96..=97 => {
                let illegal = Some(format!("{TYPED} vm"));
                self.publish(id, VmAction::Delete, illegal, End::Failure, &Map::new(), random)
            }
            _ => self.publish(id, VmAction::Create, None, End::Unknown, &inputs, random),
        }
    }

    fn publish(
        &mut self,
        id: &str,
        action: VmAction,
        entity: Option<String>,
        end: End,
        inputs: &Map<String, Value>,
        random: &mut Random,
    ) -> Vec<u8> {
        let message = generations::message(id, action, entity.as_deref(), inputs, random);
        self.expected.run(id, end);
        if end != End::Unknown {
            self.waiting.push(WaitingRun { id: id.to_owned(), action: action.identifier(), entity });
        }
        message
    }
}

/// The name of an entity, for people and for Port.
struct Name {
    partition: usize,
    number: usize,
}

impl Name {
    fn title(&self) -> String {
        format!("HushHush VM {}.{}", self.partition, self.number)
    }

    fn identifier(&self) -> String {
        format!("{TYPED}-vm-{}.{}", self.partition, self.number)
    }
}

fn with_title(mut inputs: Map<String, Value>, title: &str) -> Map<String, Value> {
    inputs.insert("title".to_owned(), title.into());
    inputs
}

/// Returns one of few inputs, so that some creations find an equal entity and others do not.
fn inputs(random: &mut Random) -> Map<String, Value> {
    let region = *random.one_of(&["eu-west-1", "us-east-1"]).unwrap();
    let mut inputs = Map::from_iter([
        ("cpu".to_owned(), number(0)),
        ("memory".to_owned(), number(1)),
        ("storage".to_owned(), number(2)),
        ("region".to_owned(), format!("{TYPED} {region}").into()),
    ]);
    if random.percent(10) {
        inputs.remove("storage");
    }
    inputs
}

fn changes(random: &mut Random) -> Map<String, Value> {
    let mut changes = Map::new();
    for key in ["cpu_cores", "memory_size"] {
        if random.percent(70) {
            changes.insert(key.to_owned(), number(random.below(1000) as u64));
        }
    }
    changes
}

fn number(n: u64) -> Value {
    (TYPED_NUMBER * 1000 + n).into()
}

/// Returns what `create_vm` makes of its inputs.
fn entity(identifier: &str, title: &str, inputs: &Map<String, Value>) -> Value {
    let mut properties = Map::from_iter([("deployed".to_owned(), "Deploying".into())]);
    for (input, property) in
        [("cpu", "cpu_cores"), ("memory", "memory_size"), ("storage", "storage_size"), ("region", "region")]
    {
        properties.extend(inputs.get(input).map(|value| (property.to_owned(), value.clone())));
    }
    json!({"identifier": identifier, "title": title, "properties": properties})
}
