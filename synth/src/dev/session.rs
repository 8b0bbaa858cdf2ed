//! A session: everything that runs, from the start to the end.

use std::io::Write;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use local::journal::{Numbered, StateFolder};
use local::mapping::{BatchDelivery, MappingObserver, MappingState, MappingStatus};
use local::{Deployment, FaultSpec, MappingPoller};
use serde_json::Value;
use synth::Build;
use synth::cargo::Crate;
use synth::config::Runtime;
use synth::function::VERSION;
use synth::plan::filter;

use super::args::Args;
use super::banner::Banner;
use super::case::{Case, Notes};
use super::earlier;
use super::event::{DevEvent, FilesEvent, SessionEvent};
use super::files::{Files, replace};
use super::functions::{Functions, Version};
use super::interrupt::Groups;
use super::kafka::Kafka;
use super::kept::{self, Kept};
use super::lines::Lines;
use super::own_code::{Built, OwnCode};
use super::publisher::publish;
use super::recorder::Recorder;
use super::surroundings::{self, Placed};
use super::template::{Patterns, described, number, passes, settings};
use super::{Message, helped, open};
use crate::cli::Outcome;
use crate::cli::program::Program;
use crate::cli::watch;

/// How often the files are looked at.
pub(super) const EVERY: Duration = Duration::from_millis(100);
/// How long what is in flight may take at the end.
const IN_FLIGHT: Duration = Duration::from_secs(2);

/// Everything that runs.
pub(super) struct Session<'a> {
    pub(super) args: &'a Args,
    folder: Arc<StateFolder>,
    recorder: Arc<Recorder>,
    pub(super) deployment: Arc<Deployment>,
    groups: Groups,
    functions: Arc<Functions>,
    poller: Option<MappingPoller>,
    patterns: Patterns,
    files: Files,
    program: Program,
    own_code: Option<OwnCode>,
    banner: Banner,
    lines: Lines,
    /// The number of the last event that was printed.
    printed: u64,
    /// What the function's processes run, and the version of their plan.
    version: Version,
    plan: u32,
    /// The run that `--run` started.
    started: Option<String>,
    /// What a case is made of: the entities before, and what is noted since.
    before: Vec<Value>,
    pub(super) notes: Notes,
}

impl<'a> Session<'a> {
    /// Starts everything. Nothing if the input files have errors, which are printed.
    pub(super) fn start(
        args: &'a Args,
        groups: &Groups,
        messages: SyncSender<Message>,
        err: &mut dyn Write,
    ) -> anyhow::Result<Option<Self>> {
        let folder = Arc::new(open(&args.state.folder)?);
        if args.state.fresh {
            folder.forget().map_err(|error| helped(&error))?;
        }
        let kept = Kept::of(&folder)?;
        let (journal, earlier, torn) = earlier::read(&folder)?;
        let mut files = Files::new(args.input.clone(), earlier::published(&earlier));
        let reading = files.read()?;
        err.write_all(reading.findings.as_bytes())?;
        let Some(build) = reading.build else { return Ok(None) };
        let (program, own_code) = if build.runtime == Runtime::Cargo && args.function.is_none() {
            let sources = Crate { folder: args.input.crate_folder(), architecture: build.architecture() };
            let (own_code, program) = OwnCode::build(sources, messages.clone(), err)?;
            (Program::choose(Some(&program), build.plan.version, build.runtime)?, Some(own_code))
        } else {
            (Program::choose(args.function.as_deref(), build.plan.version, build.runtime)?, None)
        };

        let recorder = Arc::new(Recorder::new(journal, messages));
        let printed = recorder.journal().last();
        recorder.record(DevEvent::Session(SessionEvent::Started { version: VERSION.to_owned() }));
        let kafka = Kafka::of(args, &folder, &kept, &earlier, &recorder)?;
        let placed = surroundings::deployment(args, &kept, &earlier, folder.path(), &recorder)?;
        let Placed { service: deployment, taken: port_taken } = placed;
        drop(earlier);
        let input_key = build.plan.needs_input_key().then(|| kept::input_key(&folder)).transpose()?;
        let deployment = match input_key.as_ref().and_then(synth::event::KeyPair::pem) {
            Some(pem) => deployment.with_input_key(&pem),
            None => deployment,
        };
        let deployment = Arc::new(deployment);
        surroundings::hand_out(&deployment.port, &kafka, &kept);

        let functions = Arc::new(Functions::new(&deployment, groups, &recorder)?);
        let patterns = Patterns::default();
        let settings = settings(args, &build, &kafka)?;
        let banner = Banner {
            port: deployment.port.url().replace("127.0.0.1", "localhost"),
            port_taken,
            client_id: kept.client_id.clone(),
            credentials: folder.path().join(kept::CREDENTIALS).display().to_string(),
            kafka: kafka.brokers.clone(),
            kafka_taken: kafka.taken,
            kafka_user: kafka.user.clone(),
            ca: kafka.ca.clone(),
            topic: kafka.topic.clone(),
            group: kafka.group.clone(),
            function: program.name().into_owned(),
            memory: number(&build, "MemorySize", 128),
            timeout: Duration::from_secs(number(&build, "Timeout", 3)),
            mapping: described(&settings),
            folder: folder.path().display().to_string(),
            torn,
            runs: 0,
            entities: 0,
            ready: Duration::ZERO,
        };
        publish(files.actions(), &deployment, &kafka, &kept, input_key);
        for fault in &args.faults {
            match fault.fault.clone() {
                FaultSpec::Port(fault) => deployment.port.script(fault),
                FaultSpec::Kafka(fault) => match kafka.inside() {
                    Some(broker) => broker.script(fault),
                    None => bail!("a fault of Kafka needs the broker inside of synth; leave out --bootstrap"),
                },
                FaultSpec::Kill { times } => functions.kill_next(times),
            }
        }
        let filter = passes(&patterns);
        let of_mapping = Arc::clone(&recorder);
        let observer = MappingObserver::new(move |event| of_mapping.record(DevEvent::Mapping(Box::new(event.clone()))));
        let mut session = Self {
            args,
            folder,
            recorder,
            deployment,
            groups: groups.clone(),
            functions: Arc::clone(&functions),
            poller: None,
            patterns,
            files,
            program,
            own_code,
            banner,
            lines: Lines::default(),
            printed,
            version: Version::default(),
            plan: build.plan.version,
            started: None,
            before: Vec::new(),
            notes: Notes::default(),
        };
        session.apply(&build)?;
        let invoke = move |delivery: &BatchDelivery| functions.invoke(&delivery.request_id, &delivery.event);
        let poller = MappingPoller::start(settings, kafka.source(), Some(filter), invoke, observer);
        session.poller = Some(poller.context("cannot start the mapping")?);
        session.before = session.deployment.port.entities();
        session.notes = Notes::after(&session.deployment.port.runs());
        Ok(Some(session))
    }

    /// Says where everything is.
    pub(super) fn announce(&mut self, ready: Duration, out: &mut dyn Write) -> anyhow::Result<()> {
        let port = &self.deployment.port;
        (self.banner.runs, self.banner.entities) = (port.runs().len(), port.entities().len());
        self.banner.ready = ready;
        if self.args.json {
            writeln!(out, "{}", self.banner.json())?;
        } else {
            write!(out, "{}", self.banner)?;
        }
        Ok(out.flush()?)
    }

    /// Prints what happens and follows the files until a signal, or the end of the run that `--exit` waits for.
    pub(super) fn serve(
        mut self,
        received: &Receiver<Message>,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> anyhow::Result<Outcome> {
        if let Some(action) = &self.args.run.action {
            self.started = Some(self.begin(action)?);
        }
        let until = Instant::now() + Duration::from_secs(self.args.run.timeout);
        let mut look = Instant::now() + EVERY;
        let outcome = loop {
            match received.recv_timeout(look.saturating_duration_since(Instant::now())) {
                Ok(Message::Event(entry)) => self.show_up_to(&entry, out)?,
                Ok(Message::Built(built)) => self.swap(built, err)?,
                Ok(Message::Stop) => break if self.args.run.exit { Outcome::Refused } else { Outcome::Done },
                Err(RecvTimeoutError::Disconnected) => break Outcome::Done,
                // Nobody reads what it prints.
                Err(RecvTimeoutError::Timeout) if watch::is_unread() => break Outcome::Done,
                Err(RecvTimeoutError::Timeout) => {
                    out.flush()?;
                    self.housekeep(out, err)?;
                    look = Instant::now() + EVERY;
                }
            }
            if let Some(outcome) = self.args.run.exit.then(|| self.outcome()).flatten() {
                break outcome;
            }
            if self.args.run.exit && Instant::now() >= until {
                writeln!(err, "error: the run has not ended within {} s", self.args.run.timeout)?;
                break Outcome::Refused;
            }
        };
        self.end(received, out)?;
        if let Some(name) = &self.args.case.save {
            let faults = self.args.faults.iter().map(|fault| fault.text.clone()).collect();
            let entities = self.deployment.port.entities();
            let case = Case::of(&self.notes, &self.before, entities, faults, self.files.actions());
            writeln!(err, "saved `{}`", case.save(name)?.display())?;
        }
        Ok(outcome)
    }

    /// Ends what runs: what is in flight has two seconds.
    pub(super) fn end(&mut self, received: &Receiver<Message>, out: &mut dyn Write) -> anyhow::Result<()> {
        if let Some(poller) = &self.poller {
            poller.disable();
            let is_done = |status: &MappingStatus| status.state == MappingState::Disabled;
            let _ = poller.wait_until(IN_FLIGHT, is_done);
        }
        self.functions.close();
        self.groups.end();
        self.poller = None;
        self.recorder.record(DevEvent::Session(SessionEvent::Ended));
        while let Ok(message) = received.try_recv() {
            if let Message::Event(entry) = message {
                self.show_up_to(&entry, out)?;
            }
        }
        out.flush()?;
        self.failed()?;
        self.recorder.journal().sync().context("cannot write the journal to the disk")
    }

    /// What is done ten times a second.
    fn housekeep(&mut self, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<()> {
        self.failed()?;
        if self.recorder.journal().is_long() {
            self.recorder.journal().compact(DevEvent::matter)?;
        }
        if !self.args.no_watch && self.files.have_changed() {
            self.reload(out, err)?;
        }
        if let Some(own_code) = self.own_code.as_mut().filter(|_| !self.args.no_watch)
            && own_code.follow()?
        {
            writeln!(err, "building the changed function")?;
        }
        Ok(())
    }

    /// Puts the function that cargo has built into force. What runs finishes with the one before.
    fn swap(&mut self, built: Built, err: &mut dyn Write) -> anyhow::Result<()> {
        if let Some(own_code) = &mut self.own_code {
            own_code.built();
        }
        err.write_all(built.printed.as_bytes())?;
        let chosen = built.program.map_err(|why| anyhow!(why));
        match chosen.and_then(|program| Program::choose(Some(&program), self.plan, Runtime::Cargo)) {
            Ok(program) => {
                self.program = program;
                self.version.program = self.program.file(&self.version.task_root)?;
                self.functions.replace(self.version.clone());
                writeln!(err, "the changed function is in force")?;
            }
            Err(why) => writeln!(err, "error: {why:#}\nthe function as it was before stays in force")?,
        }
        Ok(())
    }

    /// Reads the files again. What was in force stays so if there are errors.
    fn reload(&mut self, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<()> {
        let seen = Instant::now();
        let reading = match self.files.read() {
            Ok(reading) => reading,
            Err(error) => {
                let findings = format!("{error:#}\n");
                super::files::Reading { findings, build: None }
            }
        };
        if !self.args.json {
            err.write_all(reading.findings.as_bytes())?;
        }
        let Some(build) = reading.build else {
            self.recorder.record(DevEvent::Files(FilesEvent::Refused { findings: reading.findings }));
            if !self.args.json {
                writeln!(err, "the files as they were before stay in force")?;
            }
            return Ok(());
        };
        self.apply(&build)?;
        if !self.args.json {
            writeln!(out, "the changed files are in force after {} ms", seen.elapsed().as_millis())?;
        }
        Ok(())
    }

    /// Brings what was built into force.
    fn apply(&mut self, build: &Build) -> anyhow::Result<()> {
        let folder = self.folder.path();
        let task_root = folder.join("function");
        std::fs::create_dir_all(&task_root).with_context(|| format!("cannot create `{}`", task_root.display()))?;
        let program = self.program.file(&task_root)?;
        replace(&task_root.join("plan.json"), build.plan_json().as_bytes())?;
        let task_root = std::path::absolute(&task_root)?;
        let applied = self.files.apply(build, &self.deployment.port)?;
        *self.patterns.write().unwrap_or_else(PoisonError::into_inner) = filter::compile(&build.plan).patterns;
        self.version = Version {
            program,
            task_root,
            memory: number(build, "MemorySize", 128),
            timeout: Duration::from_secs(number(build, "Timeout", 3)),
        };
        self.plan = build.plan.version;
        self.functions.replace(self.version.clone());
        self.recorder.record(DevEvent::Files(applied));
        Ok(())
    }

    /// Starts a run as the form in Port does.
    fn begin(&self, called: &str) -> anyhow::Result<String> {
        let flags = &self.args.run;
        let action = self.files.action(called).map_err(|why| anyhow!(why))?;
        let entity = flags.start.entity.as_deref();
        let inputs = crate::cli::start::filled(action, &flags.start.given(), entity)
            .map_err(|errors| anyhow!(errors.join("\nerror: ")))?;
        let run = self.deployment.port.start_run_as(&flags.user, &action.identifier, inputs, entity);
        let run = run.map_err(|why| anyhow!("the local Port does not start the run: {why}"))?;
        Ok(run["id"].as_str().unwrap_or_default().to_owned())
    }

    /// Returns how the run ended that `--run` started, if it has.
    fn outcome(&self) -> Option<Outcome> {
        let run = self.deployment.port.run(self.started.as_deref()?)?;
        match run["status"].as_str()? {
            "SUCCESS" => Some(Outcome::Done),
            "FAILURE" | "DECLINED" => Some(Outcome::Refused),
            _ => None,
        }
    }

    /// Prints an event, after those before it that did not fit into the queue.
    pub(super) fn show_up_to(&mut self, entry: &Numbered<DevEvent>, out: &mut dyn Write) -> anyhow::Result<()> {
        if entry.number > self.printed + 1 {
            let mut missed = Vec::new();
            let last = entry.number;
            self.recorder.journal().read(self.printed, |entry: Numbered<DevEvent>| {
                if entry.number < last {
                    missed.push(entry);
                }
            })?;
            missed.into_iter().try_for_each(|entry| self.show(&entry, out))?;
        }
        self.show(entry, out)
    }

    fn show(&mut self, entry: &Numbered<DevEvent>, out: &mut dyn Write) -> anyhow::Result<()> {
        self.printed = entry.number;
        self.notes.note(entry);
        if self.args.json {
            serde_json::to_writer(&mut *out, entry)?;
            writeln!(out)?;
        } else if let Some(line) = self.lines.of(entry) {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    /// Returns an error if the journal cannot be written.
    pub(super) fn failed(&self) -> anyhow::Result<()> {
        let Some(error) = self.recorder.failure() else { return Ok(()) };
        let path = self.recorder.journal().path().display();
        bail!("cannot write `{path}`: {error}\n  help: make room and start again; what is in the journal is kept")
    }
}
