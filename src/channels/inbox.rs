//! The inbox of a contact on this machine: a Maildir, which has no table and no limit.

use super::{Form, Spec};

pub(super) static SPEC: Spec = Spec::new(Form::Mail);
