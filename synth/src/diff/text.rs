//! A report for a terminal.

use std::fmt::Write as _;

use super::report::{Change, Direction, Effect, Grant, Happens, PermissionChange, Report, ResourceChange, Verdict};

/// The whole report; ends with a line break.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", verdict(report));
    section(&mut out, "meaning", report.meaning.iter().map(|one| format!("{} {}", sign(one.happens), one.text)));
    section(&mut out, "destructive", report.destructive().flat_map(destructive));
    let permissions = report.permissions.iter().flat_map(permission);
    section(&mut out, "permissions", permissions);
    section(&mut out, "delivery", report.delivery.iter().map(|one| format!("~ {}: {}", one.mapping, one.text)));
    let settings = report.settings.iter().filter(|one| !one.text.is_empty());
    section(
        &mut out,
        "template",
        settings.map(|one| format!("{} {}{}", sign(one.happens), one.text, reaches(&one.reaches))),
    );
    section(
        &mut out,
        "in Port",
        report.port.iter().map(|one| {
            format!("{} {} {}{}", sign(one.happens), word(one.kind), one.identifier, counted(one.changes.len()))
        }),
    );
    section(&mut out, "notes", report.notes.iter().map(|note| format!("! {note}")));
    section(&mut out, "tree", tree(report).into_iter());
    out
}

fn section(out: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let mut lines = lines.peekable();
    if lines.peek().is_none() {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    for line in lines {
        let _ = writeln!(out, "  {line}");
    }
}

/// The line that says how much happens.
pub fn verdict(report: &Report) -> String {
    if report.is_empty() {
        return "no change".to_owned();
    }
    let Verdict {
        added,
        changed,
        replaced,
        maybe_replaced,
        deleted,
        maybe_deleted,
        renamed,
        released,
        widened,
        narrowed,
    } = report.verdict;
    let maybe = |all: usize, maybe: usize, word: &str| match maybe {
        0 => format!("{all} {word}"),
        some if some == all => format!("{all} perhaps {word}"),
        some => format!("{all} {word} ({some} of them perhaps)"),
    };
    let mut said = vec![format!("{added} added"), format!("{changed} changed in place")];
    said.push(maybe(replaced, maybe_replaced, "replaced"));
    said.push(maybe(deleted, maybe_deleted, "deleted"));
    for (count, word) in [(renamed, "renamed"), (released, "released")] {
        if count > 0 {
            said.push(format!("{count} {word}"));
        }
    }
    let yes = |truth| if truth { "yes" } else { "no" };
    let narrowed = if narrowed { ", narrowed: yes" } else { "" };
    format!("{}; permissions widened: {}{narrowed}", said.join(", "), yes(widened))
}

/// `+`, `~` or `-`.
pub fn sign(happens: Happens) -> &'static str {
    match happens {
        Happens::Added => "+",
        Happens::Changed => "~",
        Happens::Removed => "-",
    }
}

/// What becomes of a resource, in a word or two.
pub fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Changed => "changed in place",
        Effect::Added => "added",
        Effect::Released => "released, not deleted",
        Effect::MayBeReplaced => "may be replaced",
        Effect::Renamed => "renamed: deleted and made anew",
        Effect::Replaced => "replaced",
        Effect::MayBeDeleted => "may be deleted",
        Effect::Deleted => "deleted",
    }
}

fn mark(effect: Effect) -> &'static str {
    match effect {
        Effect::Changed => "~",
        Effect::Added => "+",
        Effect::Released => "o",
        Effect::MayBeReplaced | Effect::Replaced | Effect::Renamed => "!",
        Effect::MayBeDeleted | Effect::Deleted => "-",
    }
}

/// A resource by its id and type, with the id that it had.
pub fn name(resource: &ResourceChange) -> String {
    match &resource.old_id {
        Some(old) => format!("{old} → {} ({})", resource.id, resource.kind),
        None => format!("{} ({})", resource.id, resource.kind),
    }
}

fn destructive(resource: &ResourceChange) -> Vec<String> {
    let mut lines = vec![format!("{} {} {}", mark(resource.effect), name(resource), effect(resource.effect))];
    lines.extend(
        resource
            .reasons
            .iter()
            .filter(|reason| weighs(resource, &reason.text))
            .map(|reason| format!("    because {}", reason.text)),
    );
    if let Some(risk) = &resource.risk {
        let at_risk = if risk.lost { "at risk" } else { "kept" };
        lines.push(format!("    {at_risk}: {}: {}", risk.data, risk.text));
    }
    lines
}

/// Whether a reason is one of what becomes of the resource, and not of a change beside it.
pub fn weighs(resource: &ResourceChange, text: &str) -> bool {
    !(text.contains("takes up what") && resource.effect.is_destructive())
}

/// `who effect action on resource`, without conditions.
pub fn permission_line(permission: &PermissionChange) -> String {
    let verb = match permission.effect {
        Grant::Allow => "may",
        Grant::Deny => "is denied",
        Grant::ManagedPolicy => "has",
        Grant::Boundary => "is bounded by",
    };
    let on = if permission.effect == Grant::Allow || permission.effect == Grant::Deny || permission.resource != "*" {
        format!(" on {}", permission.resource)
    } else {
        String::new()
    };
    format!("{} {verb} {}{on}", permission.principal, permission.action)
}

fn permission(permission: &PermissionChange) -> Vec<String> {
    let (sign, word) = match permission.direction {
        Direction::Widened => ("+", "widened"),
        Direction::Narrowed => ("-", "narrowed"),
    };
    // What is denied is gone where that widens.
    let gone =
        (permission.direction == Direction::Narrowed) != matches!(permission.effect, Grant::Deny | Grant::Boundary);
    let gone = if gone { "no longer: " } else { "" };
    let mut line = format!("{sign} {word}: {gone}{}", permission_line(permission));
    if !permission.condition.is_null() {
        let _ = write!(line, " if {}", permission.condition);
    }
    if !permission.only_if.is_empty() {
        let _ = write!(line, " where {}", permission.only_if.join(" and "));
    }
    if !permission.flags.is_empty() {
        let _ = write!(line, "  [{}]", permission.flags.join(", "));
    }
    let mut lines = vec![line];
    lines.extend(permission.instead.iter().map(|other| {
        let word = if gone.is_empty() { "was" } else { "is" };
        format!("    {word}: {other}")
    }));
    lines.extend(permission.uncertain.iter().map(|why| format!("    uncertain: {why}")));
    lines
}

fn reaches(ids: &[String]) -> String {
    if ids.is_empty() { String::new() } else { format!(" (reaches {})", ids.join(", ")) }
}

fn word(kind: super::report::Subject) -> &'static str {
    if kind == super::report::Subject::Blueprint { "blueprint" } else { "action" }
}

fn counted(changes: usize) -> String {
    match changes {
        0 => String::new(),
        1 => ": 1 change".to_owned(),
        n => format!(": {n} changes"),
    }
}

/// Every difference, by what it belongs to.
pub fn tree(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    for resource in &report.resources {
        lines.push(format!("{} Resources/{} {}", mark(resource.effect), name(resource), effect(resource.effect)));
        if !resource.effect.is_destructive() {
            lines.extend(resource.reasons.iter().map(|reason| format!("    because {}", reason.text)));
        }
        lines.extend(resource.changes.iter().map(|one| format!("    {}", change(one))));
    }
    for setting in &report.settings {
        lines.push(format!(
            "{} {}{}{}",
            sign(setting.happens),
            setting.section,
            if setting.name.is_empty() { "" } else { "/" },
            setting.name
        ));
        lines.extend(setting.changes.iter().map(|one| format!("    {}", change(one))));
    }
    for document in &report.port {
        lines.push(format!("{} Port/{} {}", sign(document.happens), word(document.kind), document.identifier));
        lines.extend(document.changes.iter().map(|one| format!("    {}", change(one))));
    }
    lines
}

/// `~ /a/b: "old" → "new"`.
pub fn change(change: &Change) -> String {
    let place = if change.pointer.is_empty() { "/" } else { &change.pointer };
    match (&change.old, &change.new) {
        (Some(old), Some(new)) => format!("~ {place}: {old} → {new}"),
        (None, Some(new)) => format!("+ {place}: {new}"),
        (Some(old), None) => format!("- {place}: {old}"),
        (None, None) => place.to_owned(),
    }
}
