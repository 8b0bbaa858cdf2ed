//! `local`: the other end of the wire in the foreground, for scripts and for development.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use local::{Credentials, FakePort};

/// The other end of both wires, for tests and for development.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a Port that keeps its state in memory, until it is interrupted; its URL is the first line of the output
    Port {
        /// Where to listen; port 0 is a free one
        #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// The client that may fetch a token
        #[arg(long, default_value = "local-client-id")]
        client_id: String,
        /// Its secret
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
        // The server lives on a thread of its own; this one only keeps it alive.
        std::thread::park();
    }
}
