//! The function's processes: the version in force, and how each is started so that none outlives this process.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use local::{
    Answer, Deployment, ExecutionEnvironment, Function, FunctionEvent, FunctionObserver, Invocation, LineObserver,
};

use serde_json::Value;

use super::event::DevEvent;
use super::interrupt::{Groups, Member};
use super::recorder::Recorder;
use crate::tether;

/// What the function's processes run.
#[derive(Clone, Debug, Default)]
pub(super) struct Version {
    /// The program.
    pub(super) program: PathBuf,
    /// The folder of its plan.
    pub(super) task_root: PathBuf,
    /// Its memory in the template, in MB; it is not limited here.
    pub(super) memory: u64,
    /// The time that an invocation may take.
    pub(super) timeout: Duration,
}

/// The function, of which one version is in force at a time.
#[derive(Debug)]
pub(super) struct Functions {
    starter: Arc<Starter>,
    observer: Observer,
    current: RwLock<Option<Arc<Function>>>,
    /// In how many invocations the process is killed.
    killed: AtomicU64,
}

/// What happens to processes is recorded, and those that they started end with them.
#[derive(Clone, Debug)]
struct Observer {
    recorder: Arc<Recorder>,
    groups: Groups,
    members: Arc<Mutex<BTreeMap<u32, Member>>>,
}

impl Functions {
    /// Prepares the function. There is no version yet.
    pub(super) fn new(deployment: &Arc<Deployment>, groups: &Groups, recorder: &Arc<Recorder>) -> anyhow::Result<Self> {
        let observer = Observer { recorder: Arc::clone(recorder), groups: groups.clone(), members: Arc::default() };
        let starter = Arc::new(Starter::on(Arc::clone(deployment))?);
        Ok(Self { starter, observer, current: RwLock::default(), killed: AtomicU64::new(0) })
    }

    /// Puts a version into force for the invocations that begin from now on. Those that run finish first.
    pub(super) fn replace(&self, version: Version) {
        let (timeout, starter) = (version.timeout, Arc::clone(&self.starter));
        let observer = self.observer.clone();
        let observe: FunctionObserver = Arc::new(move |event| observer.observe(event));
        let start = move |lines| starter.start(version.clone(), lines);
        let function = Arc::new(Function::new(start, timeout, observe));
        let former = self.current.write().unwrap_or_else(PoisonError::into_inner).replace(function);
        // Ends the processes that wait. Those that are busy end with their last user.
        drop(former);
    }

    /// Ends the processes that wait for an event, and takes no other event.
    pub(super) fn close(&self) {
        let former = self.current.write().unwrap_or_else(PoisonError::into_inner).take();
        drop(former);
    }

    /// Kills the process in the next invocations, as if it had crashed.
    pub(super) fn kill_next(&self, times: u64) {
        self.killed.fetch_add(times, Ordering::Relaxed);
    }

    /// Delivers an event to the version in force.
    pub(super) fn invoke(&self, request_id: &str, event: &str) -> Invocation {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        let strike = |left: u64| left.checked_sub(1);
        if self.killed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, strike).is_ok() {
            self.observer.kill_soon();
        }
        match current {
            Some(function) => function.invoke(request_id, event),
            None => Invocation {
                request_id: request_id.to_owned(),
                answer: Answer::InitError(Value::from("the session has ended")),
                duration: Duration::ZERO,
            },
        }
    }
}

impl Observer {
    /// Kills every process that runs, in a moment, or as soon as there is one.
    fn kill_soon(&self) {
        let members = Arc::clone(&self.members);
        let kill = move || {
            for _ in 0..KILL_TRIES {
                thread::sleep(KILLED_AFTER);
                let members = members.lock().unwrap_or_else(PoisonError::into_inner);
                if !members.is_empty() {
                    return members.values().for_each(Member::kill);
                }
            }
        };
        // Without a thread, nothing goes wrong.
        let _ = thread::Builder::new().name("fault".to_owned()).spawn(kill);
    }

    fn observe(&self, event: &FunctionEvent) {
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            FunctionEvent::Started { process } => drop(members.insert(*process, self.groups.add(*process))),
            FunctionEvent::Exited { process, .. } => drop(members.remove(process)),
            FunctionEvent::Line { .. } => {}
        }
        drop(members);
        self.recorder.record(DevEvent::Function(event.clone()));
    }
}

/// The time from the start of an invocation to the end of a process that is killed in it.
const KILLED_AFTER: Duration = Duration::from_millis(2);
/// How often that time is waited until a process has started.
const KILL_TRIES: u32 = 1_000;

/// Starts processes in one thread, which lives as long as this process: Linux ends a tethered process with the thread that
/// started it.
#[derive(Debug)]
struct Starter(Mutex<Sender<Start>>);

/// A process that is to be started.
struct Start {
    version: Version,
    lines: Option<LineObserver>,
    answer: Sender<io::Result<ExecutionEnvironment>>,
}

impl Starter {
    fn on(deployment: Arc<Deployment>) -> anyhow::Result<Self> {
        let (starts, asked) = channel();
        let serve = move || start_each(&asked, &deployment);
        thread::Builder::new().name("functions".to_owned()).spawn(serve).context("cannot start a thread")?;
        Ok(Self(Mutex::new(starts)))
    }

    fn start(&self, version: Version, lines: Option<LineObserver>) -> io::Result<ExecutionEnvironment> {
        let (answer, answered) = channel();
        let gone = || io::Error::other("the thread that starts processes has ended");
        let start = Start { version, lines, answer };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).send(start).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())?
    }
}

fn start_each(asked: &Receiver<Start>, deployment: &Deployment) {
    for Start { version, lines, answer } in asked {
        let _ = answer.send(start(deployment, &version, lines));
    }
}

fn start(deployment: &Deployment, version: &Version, lines: Option<LineObserver>) -> io::Result<ExecutionEnvironment> {
    let program = tether::value(&version.program).into_string();
    let program = program.map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "its path is not text"))?;
    let more = [
        (tether::VARIABLE.to_owned(), program),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE".to_owned(), version.memory.to_string()),
    ];
    // `synth` itself is started, which becomes the program.
    deployment.start_in(&version.task_root, more, lines)
}
