//! `local`: runs the fake services in the foreground, for scripts and development.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use local::{Credentials, FakePort};

/// Fake services for tests and development
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a fake Port that keeps its state in memory, until interrupted; the first line of output is its URL
    Port {
        /// The address to listen on; port 0 picks a free one
        #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// The client id that may fetch a token
        #[arg(long, default_value = "local-client-id")]
        client_id: String,
        /// The client secret
        #[arg(long, default_value = "local-client-secret")]
        client_secret: String,
    },
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
    let Command::Port { listen, client_id, client_secret } = cli.command;
    let port = FakePort::start_at(listen, Credentials::new(client_id, client_secret))
        .with_context(|| format!("cannot listen on `{listen}`"))?;
    let mut stdout = io::stdout();
    writeln!(stdout, "{}", port.url()).and_then(|()| stdout.flush()).context("cannot write the URL")?;
    loop {
        // The server runs in its own thread; this one only keeps it alive.
        std::thread::park();
    }
}
