//! E-mail: the transport is that of the whole policy file, in `[email]`.

use super::{Form, Spec};

pub(super) static SPEC: Spec = Spec::new(Form::Mail);
