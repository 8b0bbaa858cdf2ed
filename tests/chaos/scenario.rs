//! What is on the topic, and a small model of what must come of it. The model is written from Port's rules and the
//! handler's promises, and shares no code with the handler.
//!
//! Whatever touches one entity lies in one partition, so the end is determined however the partitions overtake each
//! other.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::noise;
use crate::write::{self, Operation};
use local::Random;

/// Stands in every text that a person typed; it must never be printed.
pub(crate) const TYPED: &str = "hushhush";
/// The same in digits: every number that a person typed starts with it.
pub(crate) const TYPED_NUMBER: u64 = 271_828_182;

/// How many partitions the topic has.
pub(crate) const PARTITIONS: usize = 6;
/// How many entities of a partition are being worked on at a time.
const WINDOW: usize = 10;

/// How a run must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Success,
    Failure,
    /// Others see to it, or its message is forged: it stays in progress and no call is made for it.
    Untouched,
    /// Port does not know it.
    Unknown,
}

/// A run on the topic.
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) action: &'static str,
    pub(crate) entity: Option<String>,
    pub(crate) end: End,
}

/// What Port should hold of an entity in the end: `identifier`, `title`, `properties`.
pub(crate) type Catalogue = BTreeMap<String, Value>;

/// The values of a partition's records, in their order; a tombstone has none.
pub(crate) type Partition = Vec<Option<Vec<u8>>>;

#[derive(Default)]
pub(crate) struct Scenario {
    pub(crate) partitions: Vec<Partition>,
    pub(crate) runs: Vec<Run>,
    /// What is in Port before the first message.
    pub(crate) before: Catalogue,
    /// What is in Port after the last.
    pub(crate) after: Catalogue,
    /// How often an entity of this identifier comes into being, and goes.
    pub(crate) creations: BTreeMap<String, usize>,
    pub(crate) deletions: BTreeMap<String, usize>,
}

impl Scenario {
    /// A topic with this many runs that are ours.
    pub(crate) fn new(runs: usize, random: &mut Random) -> Self {
        let mut scenario = Self::default();
        for partition in 0..PARTITIONS {
            let share = (runs + partition) / PARTITIONS;
            scenario.partition(partition, share, random);
        }
        scenario
    }

    /// How many runs are ours to end.
    pub(crate) fn ours(&self) -> usize {
        self.runs.iter().filter(|run| matches!(run.end, End::Success | End::Failure)).count()
    }

    fn partition(&mut self, partition: usize, share: usize, random: &mut Random) {
        let mut records = Partition::new();
        let mut names = 0;
        let mut fresh = |scenario: &mut Self, random: &mut Random| {
            names += 1;
            let name = Name { partition, number: names };
            if random.percent(15) {
                // Made by hand, before the first message.
                scenario.before.insert(name.identifier(), entity(&name.identifier(), &name.title(), &inputs(random)));
                scenario
                    .after
                    .extend(scenario.before.get_key_value(&name.identifier()).map(|(k, v)| (k.clone(), v.clone())));
            }
            name
        };
        let mut window: Vec<Name> = (0..WINDOW).map(|_| fresh(self, random)).collect();
        let mut run = 0;
        while run < share {
            if random.percent(25) {
                let (value, touched) = noise::record(partition, records.len(), random);
                records.push(value);
                self.runs.extend(touched);
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
        self.partitions.push(records);
    }

    /// One run, and what must come of it.
    fn act(&mut self, id: &str, name: &Name, random: &mut Random) -> Vec<u8> {
        let target = name.identifier();
        let inputs = inputs(random);
        match random.below(100) {
            0..=34 => {
                let end = self.create(&entity(&target, &name.title(), &inputs));
                let titled = with_title(inputs, &name.title());
                self.publish(id, Operation::Create, None, end, &titled, random)
            }
            35..=51 => {
                // Named by its run.
                let end = self.create(&entity(&id.to_lowercase(), id, &inputs));
                self.publish(id, Operation::Create, None, end, &inputs, random)
            }
            52..=56 => {
                // A run of a workflow's node, on an entity of its own: nothing in Port ties the two.
                let id = id.replace("r_", "wfnr_");
                let end = self.create(&entity(&id.to_lowercase(), &id, &inputs));
                self.publish(&id, Operation::Create, None, end, &inputs, random)
            }
            57..=78 => {
                let changes = changes(random);
                let end = self.resize(&target, &changes);
                self.publish(id, Operation::Resize, Some(target), end, &changes, random)
            }
            79..=90 => {
                self.delete(&target);
                self.publish(id, Operation::Delete, Some(target), End::Success, &Map::new(), random)
            }
            91..=93 => {
                // Port refuses the type, or finds another entity.
                let mut inputs = with_title(inputs, &name.title());
                inputs.insert("cpu".to_owned(), format!("{TYPED} two").into());
                self.publish(id, Operation::Create, None, End::Failure, &inputs, random)
            }
            94..=95 => self.publish(id, Operation::Resize, None, End::Failure, &changes(random), random),
            96..=97 => {
                let illegal = Some(format!("{TYPED} vm"));
                self.publish(id, Operation::Delete, illegal, End::Failure, &Map::new(), random)
            }
            _ => self.publish(id, Operation::Create, None, End::Unknown, &inputs, random),
        }
    }

    fn publish(
        &mut self,
        id: &str,
        operation: Operation,
        entity: Option<String>,
        end: End,
        inputs: &Map<String, Value>,
        random: &mut Random,
    ) -> Vec<u8> {
        let message = write::message(id, operation, entity.as_deref(), inputs, random);
        self.runs.push(Run { id: id.to_owned(), action: operation.action(), entity, end });
        message
    }

    /// CREATE never overwrites; meeting what it would have written is as good as writing it.
    fn create(&mut self, entity: &Value) -> End {
        let identifier = entity["identifier"].as_str().unwrap().to_owned();
        if let Some(held) = self.after.get(&identifier) {
            let ours = entity["properties"].as_object().unwrap();
            let same =
                entity["title"] == held["title"] && ours.iter().all(|(key, value)| held["properties"][key] == *value);
            return if same { End::Success } else { End::Failure };
        }
        *self.creations.entry(identifier.clone()).or_default() += 1;
        self.after.insert(identifier, entity.clone());
        End::Success
    }

    /// DAY-2 merges into what is there.
    fn resize(&mut self, identifier: &str, changes: &Map<String, Value>) -> End {
        let Some(held) = self.after.get_mut(identifier) else { return End::Failure };
        held["properties"].as_object_mut().unwrap().extend(changes.clone());
        End::Success
    }

    /// DELETE of what is gone is done.
    fn delete(&mut self, identifier: &str) {
        if self.after.remove(identifier).is_some() {
            *self.deletions.entry(identifier.to_owned()).or_default() += 1;
        }
    }
}

/// What an entity is called by a person and by Port.
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

/// One of few, so that some creations meet what they would have written and others do not.
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

/// What `create_vm` makes of its inputs.
fn entity(identifier: &str, title: &str, inputs: &Map<String, Value>) -> Value {
    let mut properties = Map::from_iter([("deployed".to_owned(), "Deploying".into())]);
    for (input, property) in
        [("cpu", "cpu_cores"), ("memory", "memory_size"), ("storage", "storage_size"), ("region", "region")]
    {
        properties.extend(inputs.get(input).map(|value| (property.to_owned(), value.clone())));
    }
    json!({"identifier": identifier, "title": title, "properties": properties})
}
