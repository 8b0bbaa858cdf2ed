//! What the README, the reference of findings and the checked-in files say is so.

mod architecture;
mod findings;
mod readme;
mod repository;
