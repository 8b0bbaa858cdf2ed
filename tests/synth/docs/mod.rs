//! What the README, the reference of findings and the checked-in files say is so.

mod architecture;
mod pages;
mod readme;
mod shell;
mod findings;
mod repository;
