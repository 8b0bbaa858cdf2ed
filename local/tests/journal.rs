//! The journal survives what happens to processes, disks and files.

#![expect(clippy::unwrap_used, reason = "a test that cannot open its journal has failed")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use local::journal::{Found, Journal, Matter, Numbered, StateError, StateFolder};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

/// What the journal of these tests is about: numbers by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Event {
    Set(u8, u64),
    Seen(u64),
    Removed(u8),
    /// From one name to another, with the number that it has there.
    Moved(u8, u8, u64),
}

fn matter(event: &Event) -> Vec<Matter> {
    let key = |name: &u8| format!("{name}/");
    match event {
        Event::Moved(from, to, _) => {
            vec![Matter::End { prefix: key(from) }, Matter::Latest { key: key(to), series: None }]
        }
        Event::Set(name, _) => vec![Matter::Latest { key: key(name), series: None }],
        Event::Seen(_) => vec![Matter::Series { name: "seen".to_owned(), most: 3 }],
        Event::Removed(name) => vec![Matter::End { prefix: key(name) }],
    }
}

/// The state that events lead to: the numbers by name, and the last three that were seen.
fn fold(entries: &[Numbered<Event>]) -> (Vec<(u8, u64)>, Vec<u64>) {
    let (mut numbers, mut seen) = (std::collections::BTreeMap::new(), Vec::new());
    for entry in entries {
        match entry.event {
            Event::Set(name, number) => drop(numbers.insert(name, number)),
            Event::Seen(number) => seen.push(number),
            Event::Removed(name) => drop(numbers.remove(&name)),
            Event::Moved(from, to, number) => {
                numbers.remove(&from);
                numbers.insert(to, number);
            }
        }
    }
    let last = seen.len().saturating_sub(3);
    (numbers.into_iter().collect(), seen.split_off(last))
}

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn state(&self) -> PathBuf {
        self.0.path().join("state/dev")
    }

    fn file(&self) -> PathBuf {
        self.state().join("journal.jsonl")
    }

    fn open(&self) -> Result<(Journal, Found, Vec<Numbered<Event>>), StateError> {
        self.open_within(u64::MAX)
    }

    fn open_within(&self, limit: u64) -> Result<(Journal, Found, Vec<Numbered<Event>>), StateError> {
        let folder = Arc::new(StateFolder::open(&self.state())?);
        let mut entries = Vec::new();
        let (journal, found) = Journal::open_within(limit, &folder, |entry| {
            entries.push(entry);
            Ok(())
        })?;
        Ok((journal, found, entries))
    }

    fn with(events: &[Event]) -> Self {
        let place = Self::new();
        let (journal, ..) = place.open().unwrap();
        for event in events {
            journal.append(7, event).unwrap();
        }
        place
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn entries_come_back_in_order_with_their_numbers() {
    let place = Place::with(&[Event::Set(1, 1), Event::Seen(5)]);
    let (journal, found, entries) = place.open().unwrap();
    assert_eq!(found, Found { entries: 2, torn: 0 });
    let numbered = |number, event| Numbered { number, at: 7, event };
    assert_eq!(entries, [numbered(1, Event::Set(1, 1)), numbered(2, Event::Seen(5))]);
    assert_eq!(journal.append(8, &Event::Seen(6)).unwrap(), 3);
    let mut later = Vec::new();
    journal.read(1, |entry: Numbered<Event>| later.push(entry.number)).unwrap();
    assert_eq!(later, [2, 3]);
}

/// As if the process had been killed while it wrote: at every byte of the file.
#[test]
fn a_file_that_ends_anywhere_is_read_up_to_its_last_whole_line() {
    let events = [Event::Set(1, 1), Event::Seen(5), Event::Set(2, 9)];
    let whole = fs::read(Place::with(&events).file()).unwrap();
    for length in 0..whole.len() {
        let place = Place::with(&[]);
        fs::write(place.file(), &whole[..length]).unwrap();
        let (journal, found, entries) = place.open().unwrap();
        let lines = whole[..length].split(|byte| *byte == b'\n').count() - 1;
        assert_eq!(entries.len(), lines.saturating_sub(1), "{length}");
        assert_eq!(found.torn > 0, length > 0 && whole[length - 1] != b'\n', "{length}");
        assert_eq!(journal.append(8, &Event::Removed(1)).unwrap(), entries.len() as u64 + 1);
        drop(journal);
        let (_, found, again) = place.open().unwrap();
        assert_eq!(again[..entries.len()], entries);
        assert_eq!((again.len(), found.torn), (entries.len() + 1, 0), "{length}");
    }
}

#[test]
fn a_line_in_the_middle_that_cannot_be_read_is_an_error_with_its_number() {
    let place = Place::with(&[Event::Set(1, 1), Event::Seen(5), Event::Set(2, 9)]);
    let text = fs::read_to_string(place.file()).unwrap();
    for (wrong, line, says) in [
        (text.replace("Seen", "Lost"), 3, "Lost"),
        (text.replace("{\"Seen\":5}}", "{\"Seen\":"), 3, "EOF"),
        (text.replace("{\"n\":2", "{\"n\":1"), 3, "does not follow"),
        (text.replace("{\"journal\"", "{\"other\""), 1, "journal"),
    ] {
        fs::write(place.file(), &wrong).unwrap();
        let error = place.open().unwrap_err();
        assert!(matches!(&error, StateError::Damaged { line: found, .. } if *found == line), "{error}");
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(fs::read_to_string(place.file()).unwrap(), wrong, "what cannot be read is left alone");
    }
}

#[test]
fn what_the_reader_refuses_is_damage_of_that_line() {
    let place = Place::with(&[Event::Seen(1), Event::Seen(2)]);
    let folder = Arc::new(StateFolder::open(&place.state()).unwrap());
    let refuse = |entry: Numbered<Event>| if entry.number == 2 { Err("it does not fit".to_owned()) } else { Ok(()) };
    let error = Journal::open(&folder, refuse).unwrap_err().to_string();
    assert!(error.contains("line 3") && error.ends_with("it does not fit"), "{error}");
}

#[test]
fn a_version_that_is_not_known_is_refused() {
    let place = Place::with(&[Event::Seen(1)]);
    let text = fs::read_to_string(place.file()).unwrap();
    for version in [0, 2, 77] {
        let other = text.replace("{\"journal\":1", &format!("{{\"journal\":{version}"));
        fs::write(place.file(), &other).unwrap();
        let error = place.open().unwrap_err();
        assert!(matches!(error, StateError::Version { version: found, .. } if found == version), "{error}");
        assert_eq!(fs::read_to_string(place.file()).unwrap(), other);
    }
}

#[test]
fn one_process_at_a_time_uses_a_folder() {
    let place = Place::new();
    let (journal, ..) = place.open().unwrap();
    let error = place.open().unwrap_err();
    let id = std::process::id();
    assert!(matches!(error, StateError::InUse { process: Some(holder), .. } if holder == id), "{error}");
    drop(journal);
    place.open().unwrap();
}

#[test]
fn a_folder_of_something_else_is_left_alone() {
    let place = Place::new();
    fs::create_dir_all(place.state()).unwrap();
    fs::write(place.state().join("notes.txt"), "mine").unwrap();
    fs::set_permissions(place.state(), fs::Permissions::from_mode(0o755)).unwrap();
    let error = StateFolder::open(&place.state()).unwrap_err();
    assert!(matches!(error, StateError::Foreign { .. }), "{error}");
    assert_eq!(mode(&place.state()), 0o755);
    assert_eq!(fs::read_dir(place.state()).unwrap().count(), 1);
}

#[test]
fn only_the_owner_reads_what_is_kept_and_git_does_not_see_it() {
    let place = Place::with(&[Event::Seen(1)]);
    // As a copy or an older umask leaves it.
    fs::set_permissions(place.state(), fs::Permissions::from_mode(0o777)).unwrap();
    fs::set_permissions(place.file(), fs::Permissions::from_mode(0o666)).unwrap();
    let folder = Arc::new(StateFolder::open(&place.state()).unwrap());
    drop(Journal::open::<Event>(&folder, |_| Ok(())).unwrap());
    folder.keep("secret", "one").unwrap();
    folder.keep("secret", "two").unwrap();
    assert_eq!(folder.kept("secret").unwrap().as_deref(), Some("two"));
    assert_eq!(folder.kept("missing").unwrap(), None);
    assert_eq!(mode(&place.state()), 0o700);
    for file in ["journal.jsonl", "journal.lock", ".gitignore", "secret"] {
        assert_eq!(mode(&place.state().join(file)), 0o600, "{file}");
    }
    assert_eq!(fs::read_to_string(place.state().join(".gitignore")).unwrap(), "*\n");
}

#[test]
fn a_journal_that_is_forgotten_begins_anew_beside_what_else_is_kept() {
    let place = Place::with(&[Event::Seen(1)]);
    let folder = StateFolder::open(&place.state()).unwrap();
    folder.keep("secret", "one").unwrap();
    folder.forget().unwrap();
    folder.forget().unwrap();
    drop(folder);
    let (journal, found, _) = place.open().unwrap();
    assert_eq!((found, journal.last()), (Found::default(), 0));
    assert_eq!(fs::read_to_string(place.state().join("secret")).unwrap(), "one");
}

#[test]
fn a_journal_is_compacted_when_it_is_long_and_shrinks_to_what_matters() {
    let place = Place::new();
    let (journal, ..) = place.open_within(4096).unwrap();
    let mut longest = 0;
    for number in 0..2_000 {
        journal.append(7, &Event::Set(u8::try_from(number % 5).unwrap(), number)).unwrap();
        journal.append(7, &Event::Seen(number)).unwrap();
        if journal.is_long() {
            journal.compact(matter).unwrap();
        }
        longest = longest.max(fs::metadata(place.file()).unwrap().len());
    }
    assert!(longest < 4096 + 200, "{longest}");
    drop(journal);
    let (journal, _, entries) = place.open().unwrap();
    assert_eq!(fold(&entries), ((0..5).map(|name| (name, 1995 + u64::from(name))).collect(), vec![1997, 1998, 1999]));
    assert_eq!(journal.last(), 4_000, "no number is used twice");
}

#[test]
fn entries_that_are_appended_during_compaction_are_kept() {
    let place = Place::new();
    let (journal, ..) = place.open().unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 0..3_000 {
                journal.append(7, &Event::Set(1, number)).unwrap();
            }
        });
        while !writer.is_finished() {
            journal.compact(matter).unwrap();
        }
    });
    assert_eq!(journal.append(7, &Event::Set(2, 1)).unwrap(), 3_001);
    drop(journal);
    let (.., entries) = place.open().unwrap();
    assert_eq!(fold(&entries), (vec![(1, 2_999), (2, 1)], vec![]));
}

#[test]
fn of_a_series_of_keys_the_newest_are_kept_with_what_belongs_to_them() {
    let place = Place::new();
    let (journal, ..) = place.open().unwrap();
    for number in [1, 2, 3, 1, 4] {
        journal.append(7, &Event::Set(number, u64::from(number))).unwrap();
    }
    let newest_two = |event: &Event| match event {
        Event::Set(name, _) => {
            vec![Matter::Latest { key: format!("{name}/"), series: Some(("names".to_owned(), 2)) }]
        }
        other => matter(other),
    };
    journal.compact(newest_two).unwrap();
    drop(journal);
    let (.., entries) = place.open().unwrap();
    assert_eq!(fold(&entries).0, [(1, 1), (4, 4)]);
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (0..6_u8, any::<u64>()).prop_map(|(name, number)| Event::Set(name, number)),
        any::<u64>().prop_map(Event::Seen),
        (0..6_u8).prop_map(Event::Removed),
        (0..6_u8, 0..6_u8, any::<u64>()).prop_map(|(from, to, number)| Event::Moved(from, to, number)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Compaction at any time, any number of times, leads to the same state.
    #[test]
    fn compaction_changes_no_state(steps in vec((event(), prop::bool::weighted(0.1)), 0..60)) {
        let place = Place::new();
        let (journal, ..) = place.open().unwrap();
        let mut all = Vec::new();
        for (event, compacts) in steps {
            let number = journal.append(7, &event).unwrap();
            all.push(Numbered { number, at: 7, event });
            if compacts {
                journal.compact(matter).unwrap();
            }
        }
        drop(journal);
        let (journal, _, entries) = place.open().unwrap();
        prop_assert_eq!(fold(&entries), fold(&all));
        prop_assert_eq!(journal.last(), all.len() as u64);
    }
}
