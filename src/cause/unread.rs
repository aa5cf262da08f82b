//! Why nothing is looked at where the policy file or the command line names something.

use super::ReadError;
use crate::address::NotAPlace;

/// Why something that is named gives nothing to look at. The first text is the name as it is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadCause {
    #[error("the list `{0}` cannot be read: {1}")]
    List(String, ReadError),
    #[error("line {1} of the list `{0}`: {2}")]
    Line(String, usize, LineError),
    #[error("{1} more lines of the list `{0}` name no endpoint")]
    MoreLines(String, usize),
    #[error("the list `{0}` names no endpoint")]
    EmptyList(String),
    #[error("`{0}` includes nothing")]
    Include(String),
    /// A target of the command line, which is told in English alone: what is wrong with it.
    #[error("{0}")]
    Target(String),
}

/// Why a line of a list names no endpoint. The text is the line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    #[error("it is too long for an endpoint")]
    TooLong,
    #[error("`{0}` holds a character that cannot be printed")]
    Unprintable(String),
    #[error("`{0}` is a path, and no endpoint")]
    Path(String),
    /// An address with a port, without brackets.
    #[error("`{0}` is no endpoint")]
    TwoColons(String),
    #[error(transparent)]
    NotAnEndpoint(#[from] NotAnEndpoint),
}

/// Text that names no endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnEndpoint {
    #[error(transparent)]
    Place(#[from] NotAPlace),
    /// With the scheme that may be meant.
    #[error("`{0}` is no scheme that certnotify speaks: {advice}", advice = advice_on_scheme(*.1))]
    Scheme(String, Option<&'static str>),
    /// It does not repeat them.
    #[error("an endpoint has no user name and no password: leave out what stands before the `@`")]
    Login,
}

impl LineError {
    /// With what is quoted of the line as `clean` makes it.
    #[must_use]
    pub fn map_quoted(self, clean: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Unprintable(line) => Self::Unprintable(clean(&line)),
            Self::Path(line) => Self::Path(clean(&line)),
            Self::TwoColons(line) => Self::TwoColons(clean(&line)),
            Self::NotAnEndpoint(NotAnEndpoint::Place(NotAPlace::Host(host))) => NotAPlace::Host(clean(&host)).into(),
            Self::NotAnEndpoint(NotAnEndpoint::Place(NotAPlace::Zone(zone))) => NotAPlace::Zone(clean(&zone)).into(),
            Self::NotAnEndpoint(NotAnEndpoint::Place(NotAPlace::Port(port))) => NotAPlace::Port(clean(&port)).into(),
            Self::NotAnEndpoint(NotAnEndpoint::Scheme(scheme, right)) => {
                NotAnEndpoint::Scheme(clean(&scheme), right).into()
            }
            other @ (Self::TooLong | Self::NotAnEndpoint(NotAnEndpoint::Login)) => other,
        }
    }
}

impl From<NotAPlace> for LineError {
    fn from(wrong: NotAPlace) -> Self {
        Self::NotAnEndpoint(wrong.into())
    }
}

fn advice_on_scheme(right: Option<&str>) -> String {
    match right {
        Some(right) => format!("did you mean {right}://?"),
        None => "write HOST, HOST:PORT, https://HOST, smtp://HOST and so on".to_owned(),
    }
}
