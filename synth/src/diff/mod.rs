//! What a pull request does to a deployed stack: two sides in, a [`Report`] out.

pub mod report;

pub use report::Report;
