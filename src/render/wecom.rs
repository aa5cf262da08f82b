//! WeCom robots: markdown.
