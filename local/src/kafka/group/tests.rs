//! The group as a function of time.
