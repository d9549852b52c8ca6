//! Patterns in the order of one customer's events, in the pattern language of ClickHouse.
//!
//! | element | stands for |
//! |---|---|
//! | `(?N)` | an event that meets condition N, counted from 1 |
//! | `.` | any one event |
//! | `.*` | any number of events, also none |
//! | `(?t<=N)` | any number of events, with so much time from the event before to the one after |
//!
//! A time is compared with `<=`, `<`, `>=`, `>` or `==`. Elements side by side stand for events
//! side by side, and whatever stands between two events holds together:
//! `(?1)(?t>=60).*(?t<3600)(?2)` asks for both limits, each from the one event to the other. There
//! may be other events before the pattern and after it, and spaces between its elements.
//!
//! ClickHouse goes another way in these places:
//!
//! - Next to a `.*`, it measures a time from where the `.*` ends or to where it starts. Two times
//!   in a row are an error to it.
//! - It accepts a time at the start or the end, which has only one event to measure from. Here
//!   that is an error; `.` stands for the missing event.
//! - It sees an empty pattern and `.*` even where there are no events.
//! - It misses some matches of patterns with times that end in `.*`.
//! - It gives up after a million steps. Here each event is looked at once per step.
//! - If `.` follows the last condition, it may report times that belong to no match. Of a pattern
//!   that is not found, it reports as many conditions as here, but leaves out of account whether
//!   a `.` could follow.

mod pattern;
mod search;
#[cfg(test)]
mod tests;

pub use pattern::{Pattern, PatternError};
