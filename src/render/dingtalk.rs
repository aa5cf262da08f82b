//! DingTalk robots: markdown.
