//! What all commands share: help, colour, pipes, watching.

mod help;
mod terminal;
mod watch;
