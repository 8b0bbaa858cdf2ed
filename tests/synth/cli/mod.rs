//! What all commands share: help, completions, colour, width, pipes, watching.

mod arguments;
mod completions;
mod entities;
mod explain;
mod help;
mod hostile;
mod terminal;
mod watch;
mod width;
