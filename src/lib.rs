#![doc = include_str!("ARCHITECTURE.md")]
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
pub mod certificate;
pub mod channels;
pub mod deliver;
pub mod detect;
pub mod disk;
pub mod event;
pub mod fault;
pub mod history;
pub mod net;
pub mod observation;
pub mod observe;
pub mod pass;
pub mod policy;
mod program;
pub mod record;
pub mod render;
pub mod schedule;
pub mod secret;
pub mod text;
