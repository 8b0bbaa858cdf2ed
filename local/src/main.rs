//! `local`: runs the fake services in the foreground, for scripts and development.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use local::kafka::{KafkaBroker, KafkaSettings};
use local::{Credentials, ExecutionEnvironment, FakePort, Function, FunctionEvent, InvokeServer};

/// Fake services for tests and development
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a fake Port that keeps its state in memory, until interrupted; the first line of output is its URL
    Port(Port),
    /// Run a Kafka broker that keeps its records in memory, until interrupted; the first line of output is its address,
    /// the second the file with the certificate that clients must trust
    Kafka(Kafka),
    /// Run a function as Lambda does, until interrupted; the first line of output is the URL that invokes it
    Lambda(Lambda),
}

#[derive(Debug, Args)]
struct Port {
    /// The address to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The client id that may fetch a token
    #[arg(long, default_value = "local-client-id")]
    client_id: String,
    /// The client secret
    #[arg(long, default_value = "local-client-secret")]
    client_secret: String,
    /// Announce no rate limits: clients that obey Port's slow down
    #[arg(long)]
    no_rate_limit: bool,
}

#[derive(Debug, Args)]
struct Kafka {
    /// The address of loopback to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// A topic that exists from the start; can be repeated
    #[arg(long = "topic", value_name = "NAME")]
    topics: Vec<String>,
    /// The number of partitions of each topic
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    partitions: i32,
    /// The user of SCRAM-SHA-512
    #[arg(long, default_value = "local-user")]
    user: String,
    /// The user's password
    #[arg(long, env = "KAFKA_PASSWORD", hide_env_values = true, default_value = "local-password")]
    password: String,
    /// The file to write the certificate to
    #[arg(long, value_name = "FILE", default_value = "target/kafka-ca.pem")]
    ca: PathBuf,
}

#[derive(Debug, Args)]
struct Lambda {
    /// The function's program, which asks the runtime API for work
    program: PathBuf,
    /// The folder that the function starts in
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    task_root: PathBuf,
    /// The address of loopback to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The time limit of an invocation
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
    /// An environment variable of the function; can be repeated
    #[arg(long = "env", value_name = "NAME=VALUE")]
    variables: Vec<String>,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    // The servers run in threads of their own; this one only keeps them alive.
    match cli.command {
        Command::Port(settings) => {
            let credentials = Credentials::new(settings.client_id, settings.client_secret);
            let port = FakePort::start_at(settings.listen, credentials)
                .with_context(|| format!("cannot listen on `{}`", settings.listen))?;
            port.set_rate_limit(!settings.no_rate_limit);
            print(&port.url())?;
            wait()
        }
        Command::Kafka(settings) => {
            let ca = settings.ca;
            let broker = KafkaBroker::start(KafkaSettings {
                listen: settings.listen,
                topics: settings.topics,
                partitions: settings.partitions,
                ..KafkaSettings::new(settings.user, settings.password)
            })
            .with_context(|| format!("cannot start a broker on `{}`", settings.listen))?;
            fs::write(&ca, broker.ca_pem()).with_context(|| format!("cannot write `{}`", ca.display()))?;
            print(&format!("localhost:{}\n{}", broker.address().port(), ca.display()))?;
            wait()
        }
        Command::Lambda(settings) => {
            let server = lambda(settings)?;
            print(&server.url())?;
            wait()
        }
    }
}

/// Starts the function and the server that invokes it; what the function prints goes to standard error.
fn lambda(settings: Lambda) -> anyhow::Result<InvokeServer> {
    let Lambda { program, task_root, listen, timeout, variables } = settings;
    let pair = |text: &String| text.split_once('=').map(|(name, value)| (name.to_owned(), value.into()));
    let variables: Vec<(String, OsString)> = variables
        .iter()
        .map(|text| pair(text).with_context(|| format!("`{text}` has no `=`; write NAME=VALUE")))
        .collect::<anyhow::Result<_>>()?;
    let start = move |lines| ExecutionEnvironment::start_observed(&program, &task_root, variables.clone(), lines);
    let observer = Arc::new(|event: &FunctionEvent| {
        let mut stderr = io::stderr().lock();
        let _ = match event {
            FunctionEvent::Started { process } => writeln!(stderr, "process {process} started"),
            FunctionEvent::Line { line, .. } => writeln!(stderr, "{line}"),
            FunctionEvent::Exited { process, how } => {
                let how = how.as_deref().unwrap_or("because Lambda ended it");
                writeln!(stderr, "process {process} exited {how}")
            }
        };
    });
    let function = Function::new(start, Duration::from_secs(timeout), observer);
    InvokeServer::start(listen, function).with_context(|| format!("cannot listen on `{listen}`"))
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout();
    writeln!(stdout, "{text}").and_then(|()| stdout.flush()).context("cannot write where the service is")
}

fn wait() -> ! {
    loop {
        std::thread::park();
    }
}
