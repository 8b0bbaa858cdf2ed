//! What all commands share: help, colour, pipes, watching.

mod explain;
mod help;
mod terminal;
mod watch;
