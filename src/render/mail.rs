//! E-mail and internal messages: text and HTML.
