//! What the README, the reference of findings and the checked-in files say is so.

mod architecture;
mod pages;
mod readme;
mod shell;
mod wording;
mod findings;
mod repository;
