//! A program of this machine: its table is that of a command line, and it is given JSON.

use super::{Form, Spec};

pub(super) static SPEC: Spec = Spec::new(Form::Json);
