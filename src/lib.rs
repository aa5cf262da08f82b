#![doc = include_str!("ARCHITECTURE.md")]
//!
//! # Example
//!
//! The certificates of a file, whatever its form, and how long each is good for. `examples/one_pass.rs` goes on from there
//! to messages.
//!
//! ```
//! use certnotify::certificate::{Issuers, read_file};
//! use time::macros::datetime;
//!
//! let bytes = std::fs::read("examples/certificates/valid.pem")?;
//! let contents = read_file(&bytes, &mut Issuers::default(), None);
//! assert!(contents.bad.is_empty());
//! let leaf = &contents.certificates[0].certificate;
//! assert_eq!(leaf.days_left(datetime!(2045-12-01 0:00 UTC)), 30);
//! assert!(leaf.is_valid(datetime!(2026-11-28 0:00 UTC)));
//! # Ok::<(), std::io::Error>(())
//! ```
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::arithmetic_side_effects,
        reason = "a test that panics has failed"
    )
)]

pub mod address;
mod bytes;
pub mod cause;
pub mod certificate;
pub mod channels;
pub mod deliver;
pub mod detect;
pub mod disk;
pub mod event;
pub mod fault;
pub mod history;
pub mod names;
pub mod net;
pub mod observation;
pub mod observe;
pub mod pass;
pub mod policy;
pub mod program;
pub mod record;
mod redactor;
pub mod render;
pub mod sandbox;
pub mod schedule;
pub mod secret;
pub mod text;
